// What stands before each program: what jq 1.6 does wrong, put right, and what jq 1.7 has besides.
#pragma once

#include <string_view>

namespace gantry::host {

/// A program is compiled with this before it. Names that begin with _ are its own.
///
/// Times: jq 1.6 ends the process for one that has no year, and for a format that is no string.
/// strptime read the zone of %z and %Z and dropped it: a time of +0200 came out two hours late.
/// Regular expressions: what can match nothing never ended, was found twice, or lost its groups; of
/// several matches with several replacements only some came out. A text is searched with a NUL
/// behind it, see onig_search in jq_library.cpp.
/// indices(""): it never ended. limit(0; f): it gave one.
constexpr std::string_view kJqPrelude = R"jq(
def _gmtime: gmtime;
def gmtime: if type != "number" or (. > -6e16 and . < 6e16) then _gmtime
            else error("no time: \(.)") end;
def _strftime($f): strftime($f);
def strftime($f): if $f | type != "string" then error("strftime wants a format")
                  elif type == "number" then gmtime | _strftime($f) else _strftime($f) end;
def todateiso8601: strftime("%Y-%m-%dT%H:%M:%SZ");
def todate: todateiso8601;

def _search($re; $flags; $test):
  (if type == "string" then . + "\u0000" else . end) | _match_impl($re; $flags; $test);
def _match_impl($re; $flags; $test):
  _search($re; $flags; $test)
  | if $test or all(.[]; .length > 0) then .
    else ("x" | _search("x|" + $re; $flags; false)[0].captures) as $groups
    | map(if .length > 0 then .
          else .offset as $at | .captures = ($groups | map(.offset = $at | .string = "")) end) end;
def match($re; $flags): _match_impl($re; $flags; false)[];
def match($re): if $re | type == "array" then match($re[0]; $re[1]) else match($re; null) end;
def test($re; $flags): _match_impl($re; $flags; true);
def test($re): if $re | type == "array" then test($re[0]; $re[1]) else test($re; null) end;
def _named: reduce (.captures[] | select(.name != null)) as $c ({}; .[$c.name] = $c.string);
def capture($re; $flags): match($re; $flags) | _named;
def capture($re): match($re) | _named;
def scan($re; $flags):
  match($re; "g" + $flags) | if .captures == [] then .string else [.captures[].string] end;
def scan($re): scan($re; null);
def splits($re; $flags):
  . as $text | [0, (match($re; "g" + $flags) | .offset, .offset + .length), length] as $at
  | range(0; $at | length; 2) as $i | $text[$at[$i]:$at[$i + 1]];
def splits($re): splits($re; null);
def split($re; $flags): [splits($re; $flags)];
def sub($re; f; $flags):
  . as $text | [match($re; $flags)] as $all | [$all[] | [_named | f]] as $new
  | ($new | map(length) | max // 0) as $count
  | if $count == 0 then $text
    else [0, ($all[] | .offset + .length)] as $ends | range($count) as $i
    | [range($all | length) as $n | $text[$ends[$n]:$all[$n].offset], $new[$n][$i:$i + 1][]]
    | add + $text[$ends[-1]:] end;
def sub($re; f): sub($re; f; "");
def gsub($re; f; $flags): sub($re; f; $flags + "g");
def gsub($re; f): sub($re; f; "g");

def _strptime($f): strptime($f);
def strptime($f):
  if type != "string" or ($f | type != "string" or (gsub("%%"; "") | test("%[zZ]") | not))
  then _strptime($f)
  else . as $text
  | [("Z", "UTC", "GMT", "+0000", "-0000", "+00:00", "-00:00") as $zone
     | ($f | gsub("%[zZ]"; $zone)) as $exact | try ($text | _strptime($exact)) catch empty][0]
    // error("\($text) is not as \($f) says, or of another zone than UTC, which would be dropped")
  end;

def _indices($part): indices($part);
def indices($part): if $part == "" and type == "string" then [] else _indices($part) end;
def index($part): indices($part) | .[0];
def rindex($part): indices($part) | .[-1:][0];

def _limit($n; f): limit($n; f);
def limit($n; f): if $n > 0 then _limit($n; f) elif $n == 0 then empty else f end;

def _blank: (. >= 9 and . <= 13) or (. >= 8192 and . <= 8202)
  or ([32, 133, 160, 5760, 8232, 8233, 8239, 8287, 12288][[.]] != []);
def _trim($left; $right):
  if type != "string" then error("trim input must be a string")
  else . as $text | explode as $all | ($all | length) as $size
  | (if $left then 0 | until(. == $size or ($all[.] | _blank | not); . + 1) else 0 end) as $from
  | (if $right then $size | until(. == $from or ($all[. - 1] | _blank | not); . - 1)
     else $size end) as $to
  | $text[$from:$to] end;
def trim: _trim(true; true);
def ltrim: _trim(true; false);
def rtrim: _trim(false; true);
)jq";

}  // namespace gantry::host
