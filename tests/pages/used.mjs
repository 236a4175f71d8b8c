// The secrets that the browser tests use, noted for the search through what the server wrote; see tests/src/used.rs.

import { writeFileSync } from 'node:fs';

/** What a credential is called where it is shown. Public keys, application keys and account ids are none. */
const CREDENTIALS = ['api_key', 'token', 'secret_key', 'oauth_client_secret'];

const used = { credentials: new Set(), numbers: new Set(), codes: new Set() };

/** Notes the credentials in what a command says, which it says once; gives whether there are any. */
export function noteCredentials(said) {
  const before = used.credentials.size;
  const collect = (value) => {
    for (const [name, inner] of Object.entries(value)) {
      if (CREDENTIALS.includes(name) && typeof inner === 'string') used.credentials.add(inner);
      else if (inner !== null && typeof inner === 'object') collect(inner);
    }
  };
  for (const line of said.split('\n').filter((line) => line.startsWith('{'))) collect(JSON.parse(line));
  return used.credentials.size > before;
}

/** Notes the card number and the code of a form; three digits are too few to tell a code from anything else. */
export function noteForm(body) {
  if (!/(^|&)number=/.test(String(body ?? ''))) return;
  const form = new URLSearchParams(String(body));
  const digits = (name) => (form.get(name) ?? '').replace(/[ -]/g, '');
  if (/^\d{12,19}$/.test(digits('number')) && passesLuhn(digits('number'))) used.numbers.add(digits('number'));
  if (/^\d{4}$/.test(digits('code'))) used.codes.add(digits('code'));
}

/** Writes down what was noted. */
export function writeUsed(file) {
  const lists = Object.entries(used).map(([kind, secrets]) => [kind, [...secrets]]);
  writeFileSync(file, JSON.stringify(Object.fromEntries(lists)), { mode: 0o600 });
}

function passesLuhn(number) {
  const doubled = [...number].reverse().map((digit, place) => Number(digit) * (1 + (place % 2)));
  return doubled.reduce((sum, value) => sum + (value > 9 ? value - 9 : value), 0) % 10 === 0;
}
