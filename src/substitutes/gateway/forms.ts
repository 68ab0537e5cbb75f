import type { Kind } from '../../daemon/kind.ts';
import { guixNarinfo } from './guix-narinfo.ts';
import type { NarinfoForm } from './narinfo.ts';
import { nixNarinfo } from './nix-narinfo.ts';

/** The narinfos that each kind of daemon takes. */
export const narinfoForms: { readonly [name in Kind['name']]: NarinfoForm } = {
  guix: guixNarinfo,
  nix: nixNarinfo,
};
