/**
 * How the programs of a build say what went wrong, each form for a line without its colours that
 * has kept the blanks it begins with. Taken from logs and issues of Guix, Nixpkgs and the programs.
 */

/** Says why the build failed: what a person should read first. */
export const causes: readonly RegExp[] = [
  // Compilers, linkers, configure, Meson, CMake, cargo, dune, GHC, Guile, R, LaTeX, validate-runpath …
  /(?<![\w'"`‘“=./@-])(?:fatal |[Ii]nternal compiler |[Ss]yntax |LaTeX )?(?:error|Error|ERROR)(?:\[\w+\])?:(?:(?<=: error:)$| (?!In procedure [^\s:]+:$))/u,
  /^CMake Error at /u,
  /: error TS\d+: /u,
  /^Error \([a-z]+ \d+ \[/u,
  /^Error in \S/u,
  /(?:^|: )syntax error /iu,
  /undefined (?:reference to|symbol) /u,
  /cannot find -l\S/u,
  /^\S*\.go:\d+:\d+: \S/u,
  /^\S[^:]*:(?:\d+:)? \*\*\* (?!\[).*Stop\.$/u,
  /^no code for module \(/u,
  /In procedure [^\s:]+: \S/u,
  /^(?:\S+: )?Throw to key /u,
  /[Uu]nbound variable(?:: |$)/u,
  /^;;; ERROR/u,
  /(?:^|: )Encountered missing or private dependencies/u,
  /^! Undefined control sequence/u,
  // The end of a stack trace: Python, Java, Ruby, C++, Rust, Go, Haskell.
  /^(?:Caused by: )?(?:[\w$]+\.)*[A-Z]\w*(?:Error|Exception)(?:: |$)/u,
  /^Exception in thread /u,
  /\((?:\w+::)*[A-Z]\w*(?:Error|Exception)\)$/u,
  /^\s*what\(\): /u,
  /^thread '.*' (?:\(\d+\) )?panicked at /u,
  /^panic: \S/u,
  /[Uu]ncaught exception(?! in phase)/u,
  /Assertion [`'‘].* failed\.?$/u,
  // Test suites: Automake and unittest, TAP, pytest, Go, CTest, Perl, Meson, minitest, RSpec, Maven.
  /^(?:FAIL|ERROR|XPASS): (?!In procedure )\S/u,
  /^\s*not ok\b/u,
  /^E {3,}\S/u,
  /^(?:FAILED|ERROR) \S+\.py/u,
  /^\s*--- FAIL: /u,
  /\*\*\*(?:Failed|Exception|Timeout|Not Run(?! \(Disabled\)))/u,
  /^#\s+Failed test/u,
  /^ *\d+\/\d+ .* (?:FAIL|ERROR|TIMEOUT) +\d/u,
  /^ +\d+\) (?:Failure|Error):|^ +Failure\/Error: /u,
  /^\[ERROR\] +(?!COMPILATION ERROR)\S/u,
  // What the system did to a program.
  /Segmentation fault|^Bus error|: +\d+ (?:Killed|Aborted|Bus error|Illegal instruction)\b/u,
  /^(?:\S+: \*\*\* \[.*\] )?(?:Killed|Aborted)(?: \(core dumped\))?$/u,
  /No space left on device/u,
  /(?:^|: )(?:virtual memory exhausted|out of memory|Out of memory|Cannot allocate memory)/u,
  // Sources: patch, tar and what unpacks for it.
  /^Hunk #\d+ FAILED at /u,
  /^\d+ out of \d+ hunks? FAILED/u,
  /^patch: \*\*\*\* /u,
  /^(?:gzip|xz|bzip2|lzip|unzip): \S/u,
  /^tar: (?:This does not look like|.*: Cannot open)/u,
  /^Can't locate \S+ in @INC/u,
  // The stdenv of Nixpkgs.
  /^do not know how to unpack source archive /u,
  /^substituteInPlace called without any files /u,
];

/** Names what failed, or is often said in builds that succeed: counts if nothing says why. */
export const suspects: readonly RegExp[] = [
  /(?:^|: )[Cc]ommand not found$|: command not found$/u,
  /: \d+: .*: not found$/u,
  /: cannot execute: required file not found$/u,
  /^\S[^:]*: .*(?:No such file or directory|Permission denied)$/u,
  /^fatal: \S/u,
  /^BEGIN failed--/u,
  / at \S+ line \d+(?:, <\w+> (?:line|chunk) \d+)?\.$/u,
  /In procedure [^\s:]+:$/u,
  /\bFAILED\b|^BUILD FAILURE|^FAIL\s/u,
  /^npm ERR! /u,
];

/** What a failure brings about further up: counts if there is nothing else. */
export const consequences: readonly RegExp[] = [
  /^(?:\S*\/)?[\w-]*make(?:\[\d+\])?: \*\*\* \[.*\] (?:Error|Interrupt|Terminated)/u,
  /^ninja: build stopped/u,
  /collect2: error: ld returned /u,
  /error: command '.*' failed/u,
  /^error: (?:could not compile|test failed|build failed)/u,
  /^error: in phase '/u,
  /phase `.*' failed after /u,
  /^command ".*" failed with (?:status|signal) /u,
  /^build process \d+ exited with status /u,
  /^Backtrace:|^Traceback \(most recent call last\):/u,
  /^tar: (?:Child returned|Error is not recoverable|Exiting with failure)/u,
];

/** What looks like an error and is none. */
export const harmless: readonly RegExp[] = [
  /\b(?:warning|note): /iu,
  /^configure: error: in [`'‘]/u,
  /^checking (?!.*configure: error: )/u,
  /^-- (?!.*CMake Error)/u,
  /^# (?:TOTAL|PASS|SKIP|XFAIL|FAIL|XPASS|ERROR): /u,
  /^;;; (?!ERROR)/u,
  // The arguments of an exception, as `gnu-build` writes them.
  /^%exception /u,
  // A compiler quotes the source.
  /^\s*\d* \|/u,
  /\b(?:no|0|zero|without) (?:errors?|failures?|failed)\b/iu,
  /\b(?:errors?|fail(?:ed|ures?)?)\s*[:=]\s*0\s*(?:[,;)]|$)/iu,
  // Tests that passed, and what is known to fail.
  /^\s*(?:PASS|XFAIL|SKIP|ok|OK)\b/u,
  /\.\.\. ?(?:ok|OK|yes|no|passed|skipped|ignored|expected failure)\b/u,
  /\b(?:PASSED|XFAIL|SKIPPED)\b/u,
  /#\d+: .* Passed +\d/u,
  /^ *\d+\/\d+ .* (?:OK|SKIP|EXPECTEDFAIL) +\d/u,
  /^\s*not ok\b.*# *(?:TODO|SKIP)/iu,
  /^(?:=== RUN|\s*--- (?:PASS|SKIP)|\s+\S+_test\.go:\d+: )/u,
  // Commands as make, ninja and libtool show them. Their own errors have a colon behind the name.
  /^\s*\+* ?(?:\S*\/)?(?:[\w.]+-)*(?:gcc|g\+\+|cc|c\+\+|clang(?:\+\+)?|gfortran|ld|ar|rustc|javac|ghc|sh|bash|sed|grep|install|cp|mv|rm|mkdir|echo|printf|cd|env)(?:-[\d.]+)? [^:]/u,
  /^libtool: (?:compile|link|relink|install|finish): /u,
  /^\s+Running `/u,
  /^\[ *\d+(?:\/\d+|%)\] /u,
  /fatal: not a git repository/u,
];
