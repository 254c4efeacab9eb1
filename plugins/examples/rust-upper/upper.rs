// A plugin in Rust, with the standard library and nothing else. "upper" turns a text into capitals; "sign"
// writes a text into the guest book, a folder with a file per run, and its compensation takes that
// file away. Texts stay JSON strings from beginning to end.
mod abi;

use abi::*;
use std::mem::size_of;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::path::PathBuf;
use std::{fs, io, ptr, slice};

struct Upper {
    host: *const Host,
    book: PathBuf,
}

struct Failure {
    code: Status,
    flags: u32,
    message: String,
}

impl Failure {
    fn new(code: Status, flags: u32, message: impl ToString) -> Self {
        Failure { code, flags, message: message.to_string() }
    }
}

impl Upper {
    fn upper(&self, input: &str) -> Result<String, Failure> {
        let mut out = String::with_capacity(input.len());
        let mut chars = input.chars();
        while let Some(c) = chars.next() {
            out.extend(c.to_uppercase());
            if c == '\\' {
                // The letter after a backslash is no letter of the text: \n.
                out.extend(chars.next());
            }
        }
        Ok(out)
    }

    /// A run has one page: the same for sign and take_back, in every attempt.
    fn page(&self, run: &str) -> PathBuf {
        self.book.join(format!("{run}.rust"))
    }

    fn sign(&self, run: &str, input: &str) -> Result<String, Failure> {
        let page = fs::File::create(self.page(run))
            .map_err(|e| Failure::new(CONFIG, NOT_APPLIED, e))?;
        io::Write::write_all(&mut &page, input.as_bytes())
            .map_err(|e| Failure::new(UNAVAILABLE, MAYBE_APPLIED, e))?;
        Ok(input.to_owned())
    }

    fn take_back(&self, run: &str) -> Result<String, Failure> {
        match fs::remove_file(self.page(run)) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(Failure::new(UNAVAILABLE, 0, e)),
            _ => Ok("null".to_owned()),
        }
    }
}

// ---- Between Rust and the ABI ----------------------------------------------------------------

/// Safe while the call that brought it lasts.
unsafe fn text<'a>(s: Str) -> &'a str {
    if s.len == 0 {
        return "";
    }
    // The host hands over UTF-8 only.
    std::str::from_utf8_unchecked(slice::from_raw_parts(s.ptr as *const u8, s.len))
}

fn borrowed(s: &str) -> Str {
    Str { ptr: s.as_ptr().cast(), len: s.len() }
}

/// Ends `call` with what `work` answers; a panic ends it as a bug and goes no further. True: it
/// succeeded.
unsafe fn answer(host: *const Host, call: u64, work: impl FnOnce() -> Result<String, Failure>) -> bool {
    let end = catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(Failure::new(INTERNAL, MAYBE_APPLIED, "the plugin panicked")));
    let mut completion = Completion {
        struct_size: size_of::<Completion>() as u32,
        reserved: 0,
        output: NOTHING,
        undo: NOTHING,
        error: ptr::null(),
    };
    match &end {
        Ok(output) => {
            completion.output = borrowed(output);
            ((*host).complete)(host, call, &completion);
        }
        Err(failure) => {
            let error = Error {
                struct_size: size_of::<Error>() as u32,
                code: failure.code,
                flags: failure.flags,
                retry_after_ms: 0,
                message: borrowed(&failure.message),
                details: NOTHING,
            };
            completion.error = &error;
            ((*host).complete)(host, call, &completion);
        }
    }
    end.is_ok()
}

unsafe fn run(
    instance: *mut Instance,
    call: *const Invocation,
    work: impl FnOnce(&Upper, &str, &str) -> Result<String, Failure>,
) {
    let (this, call) = (&*(instance as *const Upper), &*call);
    answer(this.host, call.call, || work(this, text(call.run_id), text(call.input)));
}

extern "C" fn upper(instance: *mut Instance, call: *const Invocation) {
    unsafe { run(instance, call, |this, _, input| this.upper(input)) }
}

extern "C" fn sign(instance: *mut Instance, call: *const Invocation) {
    unsafe { run(instance, call, |this, run, input| this.sign(run, input)) }
}

extern "C" fn take_back(instance: *mut Instance, call: *const Invocation) {
    unsafe { run(instance, call, |this, run, _| this.take_back(run)) }
}

/// The options are {"book": "/a/folder"}, as the schema has them: one member, one string.
fn book_of(options: &str) -> Result<PathBuf, Failure> {
    match options.split('"').collect::<Vec<_>>()[..] {
        [_, "book", _, book, _] if !book.contains('\\') => Ok(PathBuf::from(book)),
        _ => Err(Failure::new(CONFIG, 0, "book: no path with a \" or a \\ is taken")),
    }
}

extern "C" fn create(host: *const Host, call: u64, config: Str) -> *mut Instance {
    let mut made = None;
    let done = unsafe {
        answer(host, call, || {
            made = Some(Box::new(Upper { host, book: book_of(text(config))? }));
            Ok("null".to_owned())
        })
    };
    match made {
        Some(instance) if done => Box::into_raw(instance).cast(),
        _ => ptr::null_mut(),
    }
}

extern "C" fn stop(_: *mut Instance) {}

extern "C" fn destroy(instance: *mut Instance) {
    drop(unsafe { Box::from_raw(instance as *mut Upper) });
}

// ---- What the host reads ---------------------------------------------------------------------

const TEXT: &[u8] = include_bytes!("plugin.json");

const fn with_nul() -> [u8; TEXT.len() + 1] {
    let mut all = [0; TEXT.len() + 1];
    let mut i = 0;
    while i < TEXT.len() {
        all[i] = TEXT[i];
        i += 1;
    }
    all
}

#[no_mangle]
#[allow(non_upper_case_globals)]
#[link_section = ".gantry.manifest"]
pub static gantry_manifest_v1: [u8; TEXT.len() + 1] = with_nul();

const fn name(s: &'static str) -> Str {
    Str { ptr: s.as_ptr() as *const _, len: s.len() }
}

static UPPER: Step = Step {
    struct_size: size_of::<Step>() as u32,
    reserved: 0,
    name: name("upper"),
    invoke: upper,
    compensate: None,
};
static SIGN: Step = Step {
    struct_size: size_of::<Step>() as u32,
    reserved: 0,
    name: name("sign"),
    invoke: sign,
    compensate: Some(take_back),
};
static STEPS: [Option<&Step>; 3] = [Some(&UPPER), Some(&SIGN), None];

static PLUGIN: Plugin = Plugin {
    struct_size: size_of::<Plugin>() as u32,
    abi_minor: 0,
    min_host_minor: 0,
    reserved: 0,
    manifest: &gantry_manifest_v1 as *const u8,
    steps: &STEPS as *const _ as *const Option<&Step>,
    service: ptr::null(),
    workflows: None,
    create,
    stop,
    destroy,
    cancel: None,
    ping: None,
    get_extension: None,
};

#[no_mangle]
pub extern "C" fn gantry_plugin_entry_v1() -> *const Plugin {
    &PLUGIN
}
