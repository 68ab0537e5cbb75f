// The least that a Node program does to run a command: the floor under guix-entry-point.
const { spawn } = require('node:child_process');

const [, , program, ...words] = process.argv;
spawn(program, words, { stdio: 'inherit' }).on('exit', (status) => process.exit(status));
