import { Missing } from '../script.ts';

/** What no release can be made from, told without a stack: a wrong input, or a command that failed. */
export class Refusal extends Missing {}
