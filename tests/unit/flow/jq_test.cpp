// jq programs: what they give and what they may not say, and that those used last stay compiled.
#include "flow/jq.hpp"

#include "base/json_text.hpp"
#include "flow/expression.hpp"
#include "flow/jq_machine.hpp"

#include <gantry/json.hpp>

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

struct jq_state;

namespace {
int states_made = 0;
}

// Stands before libjq's own, and counts.
extern "C" jq_state* jq_init() {
    ++states_made;
    static const auto real = reinterpret_cast<jq_state* (*)()>(dlsym(RTLD_NEXT, "jq_init"));
    return real();
}

namespace gantry::host {
namespace {

std::string run(const std::string& program, const std::string& input = "{}") {
    return JqProgram(program).run(input);
}

Error error_of(const std::function<void()>& f) {
    try {
        f();
    } catch (const Error& e) {
        return e;
    }
    return {GANTRY_OK, "no error"};
}

std::string jq_refusal(const std::string& program) {
    const auto e = error_of([&] { const JqProgram compiled(program); });
    EXPECT_EQ(e.code(), e.code() == GANTRY_OK ? GANTRY_OK : GANTRY_E_INVALID_DATA);
    return e.message();
}

// The same for the rules alone: compiling takes its time.
std::string rule(const std::string& program) {
    return error_of([&] { check_jq(jq_tokens(program)); }).message();
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

TEST(Jq, gives_its_one_output) {
    EXPECT_EQ(run(".input.a + 1", R"({"input":{"a":2}})"), "3");
    EXPECT_EQ(
        run(R"([.input[] | select(.n > 1) | {n, t: "\(.n)x"}])", R"({"input":[{"n":1},{"n":2}]})"),
        R"([{"n":2,"t":"2x"}])");
    EXPECT_EQ(run(R"("ä\u0001\u0000" | ., 1 | select(type == "string"))"), R"("ä\u0001\u0000")");
}

TEST(Jq, numbers_come_out_as_people_write_them) {
    for (const char* number :
         {"0", "0.1", "19.99", "1.1", "100000000000000000", "9007199254740992", "-12.5", "1e+100",
          "1e-07", "123456789.12", "0.0001", "-0.000012", "12345678.125", "1152921504606846976",
          "5e-324", "0.30000000000000004"}) {
        EXPECT_EQ(run(".", number), number);
    }
    EXPECT_EQ(run(".", "[1.10,2.0,1E2,-0,0.00]"), "[1.1,2,100,0,0]");
    EXPECT_EQ(run("0.1 + 0.2 | . * 100 | round / 100"), "0.3");
}

TEST(Jq, numbers_that_a_double_does_not_keep_are_refused_with_their_place) {
    const auto e =
        error_of([] { run(".input.a", R"({"input":{"a":1,"b":[0,9007199254740993]}})"); });
    EXPECT_EQ(e.code(), GANTRY_E_INVALID_DATA);
    EXPECT_TRUE(contains(e.message(), ".input.b[1] is 9007199254740993")) << e.message();
    for (const char* number :
         {"12345678901234567890", "-12345678901234567890123", "3.14159265358979323846",
          "0.1000000000000000055511151231257827", "18446744073709551615"}) {
        EXPECT_EQ(error_of([&] { run(".", number); }).code(), GANTRY_E_INVALID_DATA) << number;
        EXPECT_TRUE(contains(jq_refusal(std::string(". == ") + number), "more digits")) << number;
    }
}

TEST(Jq, a_number_that_json_has_not_is_no_output) {
    for (const char* program : {"nan", "infinite", "[1, -infinite]", "pow(10; 400)"}) {
        EXPECT_EQ(error_of([&] { run(program); }).code(), GANTRY_E_INVALID_DATA) << program;
    }
}

TEST(Jq, none_and_several_outputs_are_errors) {
    EXPECT_TRUE(contains(error_of([] { run("empty"); }).message(), "no output"));
    EXPECT_TRUE(contains(error_of([] { run("1, 2"); }).message(), "more than one"));
    EXPECT_TRUE(contains(error_of([] { run("range(1e15)"); }).message(), "more than one"));
    EXPECT_TRUE(contains(error_of([] { run("1, error(\"late\")"); }).message(), "late"));
}

TEST(Jq, a_state_is_as_new_after_an_error) {
    const JqProgram program("if . == 1 then error(\"one\") elif . == 2 then 2, 2 else . end");
    for (int i = 0; i < 3; ++i) {
        EXPECT_TRUE(contains(error_of([&] { program.run("1"); }).message(), "one"));
        EXPECT_EQ(program.run("3"), "3");
        EXPECT_TRUE(contains(error_of([&] { program.run("2"); }).message(), "more than one"));
        EXPECT_EQ(program.run("[4]"), "[4]");
    }
}

TEST(Jq, errors_are_jqs_own_and_nothing_is_printed) {
    testing::internal::CaptureStderr();
    EXPECT_EQ(error_of([] { run(".a.b", R"({"a":1})"); }).message(),
              "jq: Cannot index number with string \"b\"");
    EXPECT_EQ(error_of([] { run("error({a: 1})"); }).message(), R"(jq: {"a":1})");
    EXPECT_TRUE(contains(jq_refusal(".a["), "syntax error, unexpected $end")) << jq_refusal(".a[");
    EXPECT_EQ(jq_refusal(".a | nope"), "jq: nope/0 is not defined");
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(Jq, times_that_would_end_the_process_are_errors) {
    for (const char* program : {"gmtime", "todate", "strftime(\"%Y\")", "todateiso8601"}) {
        EXPECT_TRUE(contains(error_of([&] { run(program, "1e300"); }).message(), "no time"))
            << program;
        EXPECT_TRUE(
            contains(error_of([&] { run("nan | " + std::string(program)); }).message(), "no time"))
            << program;
    }
    EXPECT_TRUE(contains(error_of([] { run("1 | strftime(1)"); }).message(), "wants a format"));
    EXPECT_EQ(run("1425599621 | todate"), R"("2015-03-05T23:53:41Z")");
    EXPECT_EQ(run(R"("2024-01-02" | strptime("%Y-%m-%d") | strftime("%d.%m.%Y"))"),
              R"("02.01.2024")");
    EXPECT_EQ(run("86400 | gmtime | mktime"), "86400");
}

TEST(Jq, a_time_of_another_zone_than_utc_is_an_error_and_not_another_time) {
    const auto read = [](const std::string& text, const std::string& format) {
        return "\"" + text + "\" | strptime(\"" + format + "\") | mktime";
    };
    for (const char* zone : {"Z", "+0000", "-0000", "+00:00"}) {
        EXPECT_EQ(run(read(std::string("2015-06-30T15:19:02") + zone, "%Y-%m-%dT%H:%M:%S%z")),
                  "1435677542")
            << zone;
    }
    for (const char* zone : {"GMT", "UTC"}) {
        EXPECT_EQ(run(read(std::string("30 Jun 2015 15:19:02 ") + zone, "%d %b %Y %T %Z")),
                  "1435677542")
            << zone;
    }
    EXPECT_EQ(run(read("2015-06-30 %z", "%Y-%m-%d %%z")), "1435622400");
    for (const auto& program : {read("2015-06-30T15:19:02+0200", "%Y-%m-%dT%H:%M:%S%z"),
                                read("2015-06-30T15:19:02-04:30", "%FT%T%z"),
                                read("2015-06-30 15:19 CEST", "%Y-%m-%d %H:%M %Z")}) {
        EXPECT_TRUE(contains(error_of([&] { run(program); }).message(), "of another zone than UTC"))
            << program;
    }
}

TEST(Jq, output_has_at_most_200_levels_and_a_mebibyte) {
    EXPECT_EQ(run("reduce range(199) as $i ([]; [.]) | tojson | length"), "400");
    EXPECT_EQ(run("reduce range(199) as $i ([]; [.])").size(), 400U);
    EXPECT_TRUE(contains(error_of([] { run("reduce range(200) as $i ([]; [.])"); }).message(),
                         "deeper than 200"));
    EXPECT_EQ(run("\"x\" * 1048574").size(), 1048576U);
    EXPECT_EQ(error_of([] { run("\"x\" * 1048575"); }).code(), GANTRY_E_TOO_LARGE);
    EXPECT_EQ(error_of([] { run("[range(1000000)]"); }).code(), GANTRY_E_TOO_LARGE);
    EXPECT_EQ(run(".input", R"({"input":)" + std::string(200, '[') + std::string(200, ']') + "}"),
              std::string(200, '[') + std::string(200, ']'));
}

TEST(Jq, text_that_is_no_unicode_is_mended) {
    EXPECT_FALSE(find_json_fault(run("[55296, 1114112, -1] | implode")));
}

TEST(Jq, whatever_depends_on_more_than_its_input_is_refused) {
    for (const char* program : {"env",
                                "env.HOME",
                                "$ENV",
                                "$ENV.HOME",
                                "$ ENV",
                                "input",
                                "[inputs]",
                                "input_filename",
                                "input_line_number",
                                "debug",
                                "stderr",
                                "now",
                                "now|todate",
                                "0 | localtime",
                                "0 | strflocaltime(\"%Y\")",
                                "halt",
                                "halt_error",
                                "halt_error(1)",
                                "get_search_list",
                                "get_jq_origin",
                                "get_prog_origin",
                                "\"a\" | modulemeta",
                                "$__prog_args",
                                "import \"a\" as a; 1",
                                "include \"a\"; 1",
                                "module {}; 1",
                                "\"x\\(now)\"",
                                "\"x\\(\"\\(env)\")\"",
                                "{a: now}",
                                "{(\"a\", env|tostring): 1}",
                                "{a: 1 | now}",
                                ".[now:]",
                                "[1,now]",
                                ". as $now | now",
                                "def now: 1; now",
                                "1 #\n | now",
                                "@json \"x\\(now)\"",
                                "{a: (1, now)}",
                                "{a: [1, now]}",
                                "if now then 1 else 2 end"}) {
        EXPECT_NE(rule(program), "no error") << program;
    }
    EXPECT_TRUE(contains(rule("now"), "now reads the clock")) << rule("now");
}

TEST(Jq, words_that_only_look_like_it_are_not) {
    for (const char* program : {".env",
                                ".now",
                                "{now: 1}",
                                "{a: 1, now: 2}",
                                "{now}",
                                "{env, debug}",
                                "\"env now\"",
                                "1 # now env",
                                ".a.input?",
                                ". as $now | $now",
                                ". as {now: $x} | $x",
                                "\"\\\"now\"",
                                "{\"a\": \"now\"}.now",
                                ".\"now\"",
                                "[limit(1; 1, 2)]",
                                "0 | mktime?",
                                "$__loc__",
                                "{a: {now: 1}, env: [1, 2]}",
                                "@text \"now\"",
                                "{(\"now\"): 1}"}) {
        EXPECT_EQ(jq_refusal(program), "no error") << program;
    }
}

// All that this version of jq has is either refused or known to depend on its input only.
TEST(Jq, no_builtin_was_forgotten) {
    const auto builtins = json::parse(run("builtins | map(split(\"/\")[0]) | unique"));
    const std::vector<std::string> impure = {"debug",           "env",
                                             "get_jq_origin",   "get_prog_origin",
                                             "get_search_list", "halt",
                                             "halt_error",      "input",
                                             "input_filename",  "input_line_number",
                                             "inputs",          "localtime",
                                             "modulemeta",      "now",
                                             "stderr",          "strflocaltime"};
    int refused = 0;
    for (const auto& name : builtins) {
        if (rule(name.get<std::string>()) == "no error") continue;
        ++refused;
        EXPECT_NE(std::find(impure.begin(), impure.end(), name), impure.end()) << name;
    }
    EXPECT_EQ(refused, static_cast<int>(impure.size()));
    EXPECT_LE(builtins.size(), 190U) << "this jq has more functions than 1.6: go through them";
}

TEST(Jq, programs_are_short_and_whole) {
    EXPECT_EQ(jq_refusal("1" + std::string(4095, ' ')), "no error");
    EXPECT_TRUE(contains(jq_refusal("1" + std::string(4096, ' ')), "at most 4096"));
    EXPECT_TRUE(contains(jq_refusal(std::string("1 \0 now", 7)), "NUL"));
    EXPECT_NE(jq_refusal(""), "no error");
}

// A home directory of its own for as long as it lives.
class Home {
public:
    Home() {
        std::filesystem::create_directory(path_);
        setenv("HOME", path_.c_str(), 1);
    }
    ~Home() {
        setenv("HOME", before_.c_str(), 1);
        std::filesystem::remove_all(path_);
    }
    Home(const Home&) = delete;
    Home& operator=(const Home&) = delete;

    void write(const char* text) { std::ofstream(path_ / ".jq") << text; }

private:
    std::string before_ = getenv("HOME") == nullptr ? "" : getenv("HOME");
    std::filesystem::path path_ =
        std::filesystem::temp_directory_path() / ("jq-home-" + std::to_string(getpid()));
};

TEST(Jq, the_file_of_a_persons_own_functions_is_not_read) {
    Home home;
    JqMachine machine(4);
    home.write("def map(f): \"theirs\"; def theirs: 1;");
    EXPECT_EQ(machine.run("[1] | map(. + 1)", "null"), "[2]");
    home.write("this is ( no jq");
    EXPECT_EQ(machine.run("1", "null"), "1");
    EXPECT_EQ(jq_refusal("theirs"), "jq: theirs/0 is not defined");
}

TEST(Jq, the_programs_used_last_stay_compiled) {
    JqMachine machine(2);
    states_made = 0;
    EXPECT_EQ(machine.run(". + 1", "1"), "2");
    EXPECT_EQ(machine.run(". + 2", "1"), "3");
    for (int i = 0; i < 10; ++i) EXPECT_EQ(machine.run(". + 1", "2"), "3");
    EXPECT_EQ(states_made, 2);
    machine.compile(". + 3");
    EXPECT_TRUE(machine.has(". + 1"));
    EXPECT_FALSE(machine.has(". + 2")) << "it was not used for longest";
    EXPECT_EQ(machine.run(". + 2", "1"), "3");
    EXPECT_EQ(states_made, 4);
}

TEST(Jq, a_template_of_paths_has_no_program) {
    const Template paths(json::parse(R"({"a":"${ .input.x }","b":["${ .steps[\"s\"][0] }",1]})"));
    EXPECT_FALSE(paths.uses_jq());
    EXPECT_EQ(paths.evaluate([](const Reference&) { return "null"; }),
              R"({"a":null,"b":[null,1]})");
    const Template program("${ .input + 1 }");
    const Template copy = program;  // NOLINT(performance-unnecessary-copy-initialization)
    EXPECT_TRUE(copy.uses_jq());
    EXPECT_EQ(program.evaluate([](const Reference&) { return "1"; }), "2");
    EXPECT_EQ(copy.evaluate([](const Reference&) { return "2"; }), "3");
}

// jq 1.7 gives these; jq 1.6 never ended, gave something twice, or lost what a group had found.

TEST(Jq, what_matches_nothing_is_found_once_at_each_place) {
    EXPECT_EQ(run(R"j([match("";"g").offset])j", R"j("abc")j"), "[0,1,2,3]");
    EXPECT_EQ(run(R"j([match("";"g").offset])j", R"j("äöü")j"), "[0,1,2,3]") << "by characters";
    EXPECT_EQ(run(R"j([match("b*";"g") | [.offset, .length]])j", R"j("abbc")j"),
              "[[0,0],[1,2],[3,0],[4,0]]");
    EXPECT_EQ(run(R"j([match("\\s*$";"g") | [.offset, .length]])j", R"j("äb  ")j"),
              "[[2,2],[4,0]]");
    EXPECT_EQ(run(R"j([match("(?=ü)";"g").offset])j", R"j("aüxü")j"), "[1,3]");
    EXPECT_EQ(run(R"j([match(["B?", "gi"]).offset])j", R"j("b")j"), "[0,1]");
    EXPECT_EQ(run(R"j([match("").offset, match("x*";"gn")])j", R"j("abc")j"), "[0]");
    EXPECT_EQ(run(R"j([match("(?<x>b)*(c)?";"g") | .captures])j", R"j("ab")j"),
              R"j([[{"length":0,"name":"x","offset":0,"string":""},)j"
              R"j({"length":0,"name":null,"offset":0,"string":""}],)j"
              R"j([{"length":1,"name":"x","offset":1,"string":"b"},)j"
              R"j({"length":0,"name":null,"offset":-1,"string":null}],)j"
              R"j([{"length":0,"name":"x","offset":2,"string":""},)j"
              R"j({"length":0,"name":null,"offset":2,"string":""}]])j");
}

TEST(Jq, replacing_what_matches_nothing_ends) {
    EXPECT_EQ(run(R"j(gsub("^\\s*"; ""))j", R"j("  a b ")j"), R"j("a b ")j");
    EXPECT_EQ(run(R"j(gsub("\\s*$"; ""))j", R"j("  a b  ")j"), R"j("  a b")j");
    EXPECT_EQ(run(R"j(gsub("^\\s+|\\s+$"; ""))j", R"j("  a b  ")j"), R"j("a b")j");
    EXPECT_EQ(run(R"j(gsub("";"x"))j", R"j("abc")j"), R"j("xaxbxcx")j");
    EXPECT_EQ(run(R"j(gsub("";"x"))j", R"j("äöü")j"), R"j("xäxöxüx")j");
    EXPECT_EQ(run(R"j([gsub("";"x"), gsub("^";"a"), gsub("$";"b")])j", R"j("")j"),
              R"j(["x","a","b"])j");
    EXPECT_EQ(run(R"j(gsub("(?<c>B)*";"[\(.c)]"; "i"))j", R"j("ab")j"), R"j("[]a[b][]")j");
    EXPECT_EQ(
        run(R"j([sub("";"x"), sub("b?";"x";"g"), sub("(?<c>.)$";"\(.c)\(.c)")])j", R"j("ab")j"),
        R"j(["xab","xaxx","abb"])j");
    EXPECT_EQ(run(R"j([gsub("a";"b","c"), gsub("a";empty)])j", R"j("aab")j"),
              R"j(["bbb","ccb","aab"])j");
    EXPECT_EQ(run(R"j([splits("")])j", R"j("ab")j"), R"j(["","a","b",""])j");
}

TEST(Jq, the_rest_of_regular_expressions_is_as_it_was) {
    EXPECT_EQ(run(R"j([test("B"), test("B";"i"), test(["B","i"]), test("")])j", R"j("abc")j"),
              "[false,true,true,true]");
    EXPECT_EQ(run(R"j([[splits(", *")], split(",? B"; "i"), split(",")])j", R"j("a, b,c")j"),
              R"j([["a","b","c"],["a",",c"],["a"," b","c"]])j");
    EXPECT_EQ(run(R"j([scan("[a-z]"), scan("([a-z])([0-9])"), scan("B";"i")])j", R"j("a1b2")j"),
              R"j(["a","b",["a","1"],["b","2"],"b"])j");
    EXPECT_EQ(run(R"j([capture("(?<a>[a-z]+)-(?<n>[0-9]+)"), capture(["(?<x>X)", "i"])])j",
                  R"j("xyz-14")j"),
              R"j([{"a":"xyz","n":"14"},{"x":"x"}])j");
    EXPECT_EQ(run(R"j([match("c\u0000?$";"g").offset])j", R"j("abc\u0000")j"), "[2]")
        << "a NUL of the text is one";
    EXPECT_TRUE(contains(error_of([] { run(R"j(test("a"))j", "1"); }).message(),
                         "number (1) cannot be matched, as it is not a string"));
    EXPECT_TRUE(contains(error_of([] { run(R"j(test("("))j", R"j("a")j"); }).message(),
                         "unmatched parenthesis"));
}

TEST(Jq, blanks_around_a_text_are_trimmed) {
    EXPECT_EQ(run("[trim, ltrim, rtrim]", "\" \\u00a0a b\\t\\n\""),
              "[\"a b\",\"a b\\t\\n\",\" \u00a0a b\"]");
    EXPECT_EQ(run("map(trim, ltrim, rtrim)", R"j(["", " \u3000 "])j"), R"j(["","","","","",""])j");
    EXPECT_TRUE(
        contains(error_of([] { run("trim", "1"); }).message(), "trim input must be a string"));
}

TEST(Jq, the_places_of_an_empty_text_are_none) {
    EXPECT_EQ(
        run(R"j([indices(""), index(""), rindex(""), indices("b"), index("b"), rindex("b")])j",
            R"j("abcb")j"),
        "[[],null,null,[1,3],1,3]");
    EXPECT_EQ(run("[indices(1), indices([1,2])]", "[1,2,1]"), "[[0,2],[0]]");
}

TEST(Jq, a_limit_of_none_gives_none) {
    EXPECT_EQ(run("[[limit(0; 1, 2)], [limit(1; 1, 2)], [limit(9; 1, 2)]]"), "[[],[1],[1,2]]");
}

}  // namespace
}  // namespace gantry::host
