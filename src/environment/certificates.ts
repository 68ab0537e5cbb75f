import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { ProfileRules } from '../daemon/kind.ts';
import type { Environment } from './profile-script.ts';

/** Where distributions keep all certificates in one file. */
const systemBundles = [
  // Debian, Arch, Gentoo, Guix System
  '/etc/ssl/certs/ca-certificates.crt',
  // Fedora, Red Hat
  '/etc/pki/tls/certs/ca-bundle.crt',
  // openSUSE
  '/etc/ssl/ca-bundle.pem',
  // Alpine
  '/etc/ssl/cert.pem',
];
const systemDirectories = ['/etc/ssl/certs', '/etc/pki/tls/certs'];

/** The variables by which OpenSSL, GnuTLS in Guile, Git and curl find certificates. */
export const certificateVariables = [
  'SSL_CERT_DIR',
  'SSL_CERT_FILE',
  'GIT_SSL_CAINFO',
  'CURL_CA_BUNDLE',
] as const;

/**
 * Names the certificates of the first profile that has any, else the system's, to all programs that
 * aren't told of others. Programs in a store know no place of their own for them.
 *
 * Where some are named already, the other variables must not lead elsewhere: curl looks at
 * `SSL_CERT_FILE` only where `CURL_CA_BUNDLE` is unset. So they follow it, or stay unset.
 */
export function nameCertificates(environment: Environment, rules: ProfileRules): Environment {
  const { SSL_CERT_DIR, SSL_CERT_FILE } = environment;
  const own = rules.list(environment).map((profile) => join(profile, rules.certificates));
  const directory =
    SSL_CERT_DIR ?? [...own.map((file) => dirname(file)), ...systemDirectories].find(existsSync);
  const bundles =
    SSL_CERT_DIR === undefined
      ? [...own, ...systemBundles]
      : [join(SSL_CERT_DIR, basename(rules.certificates))];
  const file = SSL_CERT_FILE ?? bundles.find(existsSync);
  const places = {
    SSL_CERT_DIR: directory,
    SSL_CERT_FILE: file,
    GIT_SSL_CAINFO: file,
    CURL_CA_BUNDLE: file,
    ...Object.fromEntries(rules.certificateVariables.map((name) => [name, file])),
  };
  const added = Object.entries(places).flatMap(([name, place]) =>
    place === undefined || name in environment ? [] : [[name, place] as const],
  );
  return added.length === 0 ? environment : { ...environment, ...Object.fromEntries(added) };
}
