import { expect, test } from 'vitest';
import { isSound } from '../../src/substitutes/gateway/libgcrypt.ts';
import { parseSexp, renderSexp } from '../../src/substitutes/sexp.ts';

/** What libgcrypt has signed, as Guix puts it into a narinfo. */
const signatures = {
  'a digest that is printable':
    'KHNpZ25hdHVyZSAKIChkYXRhIAogIChmbGFncyByZmM2OTc5KQogIChoYXNoIHNoYTI1NiAifkbDlzfDvcOKw5h0Q8OKWzDDnXVqXsK2wrbDn8KpTsKww4l8w6jDiMOBZVTCvE7DuyIpCiAgKQogKHNpZy12YWwgCiAgKGVjZHNhIAogICAociAjMDZCQjQ1RDE2ODAyQzRGMzYwRTNGQzgzRTIwMjg5NjgzNTEyOEM5NDg2NENFRjFDQkEwOTY1OThEQ0JEMDZGMyMpCiAgIChzICM1Nzk2NjAxNjlDN0YyRDJBREVGODI4NDgzMjlDMDI2QzBDRUUwQ0RFN0YxOTk0MEUzQUY4NDVGRUYxOTVGRiMpCiAgICkKICApCiAocHVibGljLWtleSAKICAoZWNjIAogICAoY3VydmUgRWQyNTUxOSkKICAgKHEgI0JERkNFOTJFMjk4REFDODBBMzc2RUNDOTQyODFFQzNBQ0U0NjZFMjUyOTRGODA4RjlDOTlEQTNDOEQ5RTdCRkUjKQogICApCiAgKQogKQo=',
  'an r that is printable, with an escape':
    'KHNpZ25hdHVyZSAKIChkYXRhIAogIChmbGFncyByZmM2OTc5KQogIChoYXNoIHNoYTI1NiAjRDY4NjE1NjVBM0Q0RTYzRDJCNUJBQjY5QkY1QkI4QzAwMTE5ODAzNzdGODU1Qzk0QUMyNzk4QUM3OTE5QjVGNiMpCiAgKQogKHNpZy12YWwgCiAgKGVjZHNhIAogICAociAiXG7DocK5w5xhw5TCu0J9VMKvw7lSwqJeIMOWPMOzLFwiw7fDnsO3wrXCoVVNaMKjw59QIikKICAgKHMgIzA4N0MwRjVEQ0ZENUQzRjI0Mjk5MkI4QjhDMDg1NkQyNkRENjFCOUNGMjZBQkIyOEFBODBCMTdFQzlFOTk3QzcjKQogICApCiAgKQogKHB1YmxpYy1rZXkgCiAgKGVjYyAKICAgKGN1cnZlIEVkMjU1MTkpCiAgIChxICNCREZDRTkyRTI5OERBQzgwQTM3NkVDQzk0MjgxRUMzQUNFNDY2RTI1Mjk0RjgwOEY5Qzk5REEzQzhEOUU3QkZFIykKICAgKQogICkKICkK',
};

test.for(Object.entries(signatures))('%s', ([, base64]) => {
  const text = Buffer.from(base64, 'base64').toString();
  expect(text).toContain('"');
  expect(isSound(parseSexp(text))).toBe(true);
  expect(isSound(parseSexp(text.replace('(s #', '(s #1')))).toBe(false);
});

test.for([
  ['"a b"', '#612062#'],
  [String.raw`"\n\"\\\x41\b\'"`, '#0A225C410827#'],
  ['"ÿ("', '#FF28#'],
  ['""', '##'],
  ['"guix"', 'guix'],
  ['#61 20\n62#', '#612062#'],
] as const)('the same bytes: %j', ([text, rendered]) => {
  expect(renderSexp(parseSexp(text))).toBe(rendered);
});
