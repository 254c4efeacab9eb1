// The part of gantry/abi.h that this plugin needs, line by line. Frozen for major version 1: what
// comes later stands behind what is here.
use std::os::raw::{c_char, c_void};

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Str {
    pub ptr: *const c_char,
    pub len: usize,
}

pub const NOTHING: Str = Str { ptr: std::ptr::null(), len: 0 };

pub type Status = i32;
pub const UNAVAILABLE: Status = (1 << 16) | 1;
pub const CONFIG: Status = (4 << 16) | 1;
pub const INTERNAL: Status = (6 << 16) | 1;
pub const MAYBE_APPLIED: u32 = 1 << 0;
pub const NOT_APPLIED: u32 = 1 << 1;

#[repr(C)]
pub struct Error {
    pub struct_size: u32,
    pub code: Status,
    pub flags: u32,
    pub retry_after_ms: u32,
    pub message: Str,
    pub details: Str,
}

#[repr(C)]
pub struct Completion {
    pub struct_size: u32,
    pub reserved: u32,
    pub output: Str,
    pub undo: Str,
    pub error: *const Error,
}

#[repr(C)]
pub struct Host {
    pub struct_size: u32,
    pub abi_minor: u32,
    pub ctx: *mut c_void,
    pub name: Str,
    pub version: Str,
    pub complete: extern "C" fn(*const Host, u64, *const Completion) -> Status,
    // record_undo, heartbeat, … follow; this plugin never looks there.
}

#[repr(C)]
pub struct Invocation {
    pub struct_size: u32,
    pub attempt: u32,
    pub call: u64,
    pub workflow: Str,
    pub run_id: Str,
    pub idempotency_key: Str,
    pub trace_parent: Str,
    pub input: Str,
    pub output: Str,
    pub undo: Str,
}

pub enum Instance {} // the plugin's own, behind a pointer

pub type StepFn = extern "C" fn(*mut Instance, *const Invocation);

#[repr(C)]
pub struct Step {
    pub struct_size: u32,
    pub reserved: u32,
    pub name: Str,
    pub invoke: StepFn,
    pub compensate: Option<StepFn>,
}

#[repr(C)]
pub struct Plugin {
    pub struct_size: u32,
    pub abi_minor: u32,
    pub min_host_minor: u32,
    pub reserved: u32,
    pub manifest: *const u8,
    pub steps: *const Option<&'static Step>,
    pub service: *const c_void,
    pub workflows: Option<extern "C" fn() -> *const c_char>,
    pub create: extern "C" fn(*const Host, u64, Str) -> *mut Instance,
    pub stop: extern "C" fn(*mut Instance),
    pub destroy: extern "C" fn(*mut Instance),
    pub cancel: Option<extern "C" fn(*mut Instance, u64)>,
    pub ping: Option<extern "C" fn(*mut Instance, u64)>,
    pub get_extension: Option<extern "C" fn(*const c_char) -> *const c_void>,
}

// They are static and constant, and point to what is.
unsafe impl Sync for Step {}
unsafe impl Sync for Plugin {}
