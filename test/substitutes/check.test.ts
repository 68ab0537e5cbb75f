import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findMistakes } from '../../src/substitutes/check.ts';
import { builtInServers } from '../../src/substitutes/servers.ts';

const directory = join(import.meta.dirname, '../../substitutes');
const names = readdirSync(directory).filter((name) => name.endsWith('.pub'));
const keys = new Map(names.map((name) => [name, readFileSync(join(directory, name), 'utf8')]));
const key = [...keys.values()][0] ?? '';

test('the built-in list of 16 servers and 6 keys has no mistakes', () => {
  expect(findMistakes(builtInServers, keys)).toEqual([]);
  expect([builtInServers.length, keys.size]).toEqual([16, 6]);
});

test('each mistake is named', () => {
  const servers = [
    { url: 'https://a.example', key: 'a.pub' },
    { url: 'https://a.example/', key: 'a.pub' },
    { url: 'ftp://b.example', key: 'b.pub', mirrorOf: 'https://c.example' },
  ];
  const found = new Map([
    ['a.pub', key],
    ['short.pub', key.replace('8D', '')],
    ['empty.pub', ''],
  ]);
  expect(findMistakes(servers, found)).toEqual([
    'https://a.example/: listed twice',
    'ftp://b.example: not an http:// or https:// URL',
    'ftp://b.example: its key b.pub is missing',
    'ftp://b.example: a mirror of https://c.example, which is not listed',
    "short.pub: not an Ed25519 public key as 'guix archive --authorize' reads it",
    "empty.pub: not an Ed25519 public key as 'guix archive --authorize' reads it",
  ]);
});
