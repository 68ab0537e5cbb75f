import { existsSync, readdirSync } from 'node:fs';
import { findOnPath } from '../../processes/path.ts';
import { certificateVariables, nameCertificates } from '../../environment/certificates.ts';
import type { Kind } from '../../daemon/kind.ts';
import type { Check, Finding } from '../check.ts';

export const certificates: Check = {
  name: 'certificates',
  title: 'the certificates by which Guix or Nix, Git and curl trust HTTPS servers',
  examine({ kind, environment, given }) {
    const named = nameCertificates(environment, kind.profiles);
    const set = certificateVariables.flatMap((name) => {
      const place = named[name];
      return place === undefined ? [] : [{ name, place }];
    });
    // Of `SSL_CERT_DIR`, OpenSSL takes several.
    const missing = set.filter(({ place }) => !place.split(':').some(existsSync));
    // Those that nobody has set follow those that somebody has.
    const blamed = missing.filter(({ name }) => given[name] !== undefined);
    if (missing.length > 0) return (blamed.length > 0 ? blamed : missing).map(toMissing);
    const holding = set.find(({ place }) => place.split(':').some(holdsCertificates));
    return holding === undefined
      ? [toNone(kind, environment['PATH'])]
      : [{ state: 'fine', text: `certificates: ${holding.place}` }];
  },
};

function toMissing({ name, place }: { readonly name: string; readonly place: string }): Finding {
  return {
    state: 'broken',
    text: place === '' ? `${name} is empty` : `${name} names ${place}, which is not there`,
    meaning:
      'Programs that go by it trust no HTTPS server: updates and downloads can fail. Unset, it becomes that of the profile or of this machine.',
    command: `unset ${name}`,
  };
}

function toNone({ commands }: Kind, path: string | undefined): Finding {
  return {
    state: 'broken',
    text: 'there are no certificates, neither in a profile nor on this machine',
    meaning: 'No HTTPS server can be trusted: updates and downloads fail.',
    command:
      findOnPath('apt-get', path) === undefined
        ? commands.installCertificates
        : 'apt-get install --yes ca-certificates',
  };
}

/** A file is taken to hold some. */
function holdsCertificates(place: string): boolean {
  try {
    return readdirSync(place).some((name) => /\.(pem|crt|\d)$/.test(name));
  } catch {
    return existsSync(place);
  }
}
