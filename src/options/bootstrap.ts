import { EntryPointError } from '../errors/failure.ts';
import { failureStatus } from '../errors/status.ts';
import type { BootstrapRequest, Options } from './options.ts';
import type { Row } from './table.ts';
import * as parse from './values.ts';

type Key = 'hostTools' | 'rounds' | 'keepFailed' | 'dryRun' | 'pack';

/** What is the bootstrap's alone: all of it is asked for each time. */
const its = { variable: undefined, only: 'bootstrap' } as const;

export const bootstrapRows: { readonly [K in Key]: Row<Options[K]> } = {
  hostTools: {
    ...its,
    flag: 'host-tools',
    value: 'NAMES',
    default: [],
    defaultText: 'none',
    help: 'programs of this machine that builds may use, with commas between; can be repeated',
    wanted: 'names of programs, as in --host-tools=gcc,make,sh',
    parse: parse.names,
  },
  rounds: {
    ...its,
    flag: 'rounds',
    value: 'N',
    default: 1,
    defaultText: '1',
    help: 'builds each package so often, and compares the outputs file by file',
    wanted: 'a whole number, 1 or more',
    parse: (texts) => parse.count(texts) || undefined,
  },
  keepFailed: {
    ...its,
    flag: 'keep-failed',
    value: undefined,
    default: false,
    defaultText: 'off',
    help: 'leaves what a failed build has come to in ./storeN/failed',
    wanted: "'1' or '0'",
    parse: parse.flag,
  },
  dryRun: {
    ...its,
    flag: 'dry-run',
    value: undefined,
    default: false,
    defaultText: 'off',
    help: 'shows the plan as a tree, and builds nothing',
    wanted: "'1' or '0'",
    parse: parse.flag,
  },
  pack: {
    ...its,
    flag: 'pack',
    value: 'FILE',
    default: undefined,
    defaultText: 'none',
    help: 'a .tar.gz that gets the outputs with all that they refer to; it replaces an older one',
    wanted: "a file's path that ends in .tar.gz or .tgz",
    parse: parse.archive,
  },
};

const bootstrapHelp = `Builds packages from a definition file and from sources that you have fetched, with no Guix, no daemon
and no store. Nothing is downloaded.

FILE.scm has definitions as Guix has them, in a part of its language:
  top level      define-public, define, use-modules, define-module with #:use-module and #:export
  expressions    package, origin, list, quote, let, let*, string-append, base32, texts, whole numbers,
                 #t, #f, quasiquote (\`) with unquote (,) and unquote-splicing (,@)
  packages       name, version, source, build-system, inputs, native-inputs, arguments, home-page,
                 synopsis, description, license
  origins        method url-fetch, uri, file-name, sha256
  code of builds list, quote, quasiquote, let, let*, string-append, begin, use-modules, assoc-ref of
                 %build-inputs and %outputs, mkdir, mkdir-p, copy-file, copy-recursively, install-file,
                 delete-file, symlink, chmod, chdir, setenv, invoke
  trivial-build-system
                 #:builder, which is such code
  gnu-build-system
                 unpack, configure, build, check, install; #:configure-flags, #:make-flags, #:tests?,
                 #:test-target, #:parallel-build?, #:parallel-tests?, #:phases with modify-phases of
                 %standard-phases by delete, replace, add-before, add-after, where a new phase is
                 (lambda _ CODE…) or (lambda* (#:key NAME… #:allow-other-keys) CODE…) with inputs,
                 native-inputs, outputs, source as names, and #:rest NAME behind them
  both           #:modules, and #:output-hash, the NAR hash that the output must have
All else is refused, with file, line and column, before anything is built. A name that means something
here can't be the name of a value.

PACKAGE is one that FILE.scm defines; without it, all are built, and in each case what they need.

The source of the package 'gash' is ./gash, or that with .tar, .tar.gz, .tgz, .tar.xz, .txz, .tar.bz2 or
.tbz2 behind it, or the origin's file name, in the working directory. Outputs are
./store0/HASH-NAME-VERSION, logs ./store0/log; what is finished is not built again. bootstrap1.scm goes on
with what bootstrap0.scm beside it defines, and builds into ./store1. Manifests are
./store0/manifest.json and .txt.

Standard output has a line for each output: package, NAR hash, whether that is the one wanted, host
tools, and where it is; with --json, an object, which is that of the manifest with the path.
`;

/** What is asked for by the word. */
export const bootstrapWord = {
  usage: 'FILE.scm [PACKAGE…]',
  summary: 'builds first packages from sources, without Guix and without a daemon',
  help: bootstrapHelp,
  exitStatuses: [
    [
      failureStatus.incomplete,
      "a definition isn't understood, a source isn't the right one, a build failed, or what it came\n       to isn't what is wanted",
    ],
  ],
  options: [
    ...(['hostTools', 'rounds', 'keepFailed', 'dryRun', 'pack'] as const),
    ...(['logLines', 'logFormat', 'verbose'] as const),
  ],
  toRequest([file, ...names]: readonly string[], options: Options): BootstrapRequest {
    if (file === undefined) throw new EntryPointError({ kind: 'no-definition-file' });
    return { word: 'bootstrap', file, names, options };
  },
} as const;
