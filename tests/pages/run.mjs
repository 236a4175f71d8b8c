// Runs the browser tests: every `*.test.mjs` beside this file, against one server of its own with a fresh database.
// `cargo xtask test pages` calls it; `node tests/pages/run.mjs WORDS` runs only the tests whose name holds WORDS.
//
// A test file exports `tests`, an object from a test's name to `async ({ page tools }) => { … }`, or to
// `{ js, expected, limit, run }`: `js` is true (the default), false or 'both', which runs the test with and without
// scripts; `expected` lists patterns of console errors that belong to the test, such as the status of a refused form;
// `limit` is how many milliseconds it may take. The tools are described at `toolsFor`. A test fails when it throws,
// and also on a console error, an uncaught error in a page or a request to a host that is neither the server, the
// test's own shop nor a route that it stubbed.
//
// Several tests run at a time, each with contexts and a shop of its own; the server and its merchant are shared, so a
// test may change no setting of either.
//
// Needs KASSA_BIN and CHROMIUM; with KASSA_SHOTS, the screenshots that tests take are written to that folder. With
// KASSA_PAGES_TRACES, a folder, what the server wrote stays there in `server`, and the secrets that were used in
// `used.json`, so that the one can be searched for the other.

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify, stripVTControlCharacters } from 'node:util';
import axe from 'axe-core';
import { chromium } from 'playwright-core';
import { noteCredentials, noteForm, writeUsed } from './used.mjs';

const START_LIMIT = 30_000;
const STOP_LIMIT = 5_000;
const TEST_LIMIT = 60_000;
const STEP_LIMIT = 10_000;
const LOG_LINES = 40;
// Tests mostly wait, for the browser or for a promised time; more at once than this make each other late.
const LANES = 4;

/** Settings of the person's own environment would reach the server, so they are left out. */
function environment() {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('KASSA_')));
}

/** Rejects when the promise takes longer than `limit` milliseconds. */
async function within(limit, what, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took longer than ${limit / 1000} s`)), limit);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Where the data lives: SQLite in the folder, or the PostgreSQL database that the caller names. */
const DATABASE = process.env.KASSA_PAGES_DATABASE ? ['--database-url', process.env.KASSA_PAGES_DATABASE] : [];

/** Starts `kassa serve` on a free port and waits for the line that names it. What it says is kept beside the data. */
async function startKassa(binary, folder) {
  const data = join(folder, 'data');
  mkdirSync(data);
  const keep = (text) => appendFileSync(join(folder, 'log'), text);
  const child = spawn(binary, ['serve', '--listen', '127.0.0.1:0', '--data', data, ...DATABASE], {
    cwd: data,
    env: environment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // Whatever ends this process, the server ends with it, and before its folder is removed.
  process.prependListener('exit', () => child.kill('SIGKILL'));

  const log = [];
  const remember = (line) => {
    log.push(line);
    if (log.length > LOG_LINES) log.shift();
  };
  let ended = null;
  child.stderr.on('data', keep);
  child.stdout.on('data', keep);
  createInterface(child.stderr).on('line', remember);
  const base = new Promise((resolve, reject) => {
    createInterface(child.stdout).on('line', (line) => {
      remember(line);
      const address = /http:\/\/127\.0\.0\.1:\d+/.exec(line);
      if (address) resolve(address[0]);
    });
    child.once('error', reject);
    child.once('close', (code, signal) => {
      ended = `kassa ended with ${signal ?? `code ${code}`}`;
      reject(new Error(ended));
    });
  });

  const kassa = {
    data,
    /** The last lines that the server printed. */
    log: () => log.join('\n'),
    /** What ended the server, or null while it runs. */
    ended: () => ended,
    /** Runs another command of the binary on the same database; gives { code, stdout, stderr }. */
    async run(...words) {
      const all = [...words, '--data', data, ...DATABASE, '--public-url', kassa.base];
      const said = await runToEnd(binary, all, data);
      keep(said.stderr + (noteCredentials(said.stdout) ? '' : said.stdout));
      return said;
    },
    async stop() {
      if (ended) return;
      const closed = once(child, 'close');
      child.kill('SIGTERM');
      await within(STOP_LIMIT, 'stopping the server', closed).catch(() => child.kill('SIGKILL'));
    },
  };
  try {
    kassa.base = await within(START_LIMIT, 'starting the server', base);
  } catch (error) {
    await kassa.stop();
    throw new Error(`${error.message}\n${kassa.log()}`);
  }
  return kassa;
}

/** Runs a command to its end; gives { code, stdout, stderr }. */
async function runToEnd(binary, words, cwd) {
  try {
    return { code: 0, ...(await promisify(execFile)(binary, words, { cwd, env: environment() })) };
  } catch (error) {
    if (typeof error.code !== 'number') throw error;
    return { code: error.code, stdout: error.stdout, stderr: error.stderr };
  }
}

/** Notes the forms that tests send without a browser, too. */
function noteWhatIsFetched() {
  const plain = globalThis.fetch;
  globalThis.fetch = (address, options) => {
    noteForm(options?.body);
    return plain(address, options);
  };
}

/** Makes a merchant with its credentials, as a company's operator would. */
async function createMerchant(kassa, name) {
  const made = await kassa.run('merchant', 'create', '--name', name, '--mode', 'test', '--json');
  if (made.code !== 0) throw new Error(`merchant create ended with code ${made.code}: ${made.stderr}`);
  return JSON.parse(made.stdout);
}

/**
 * A web shop of another site, to which a paid checkout returns; the browser finds `shop.test` on loopback. Every path of
 * it has a page; `show` gives a path another body.
 */
async function startShop() {
  const visits = [];
  const bodies = new Map();
  const server = createServer((request, response) => {
    visits.push({ method: request.method, url: request.url, headers: request.headers });
    const head = '<meta charset="utf-8"><link rel="icon" href="data:,"><title>Shop</title>';
    const body = bodies.get(request.url) ?? '<h1>Thank you</h1>';
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(`<!doctype html><html lang="en"><head>${head}</head><body><main>${body}</main></body></html>`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://shop.test:${server.address().port}`,
    visits,
    show: (path, body) => bodies.set(path, body),
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM,
    // Root and most containers cannot use the sandbox, and the pages are our own.
    chromiumSandbox: false,
    // Our own handlers end the process, which ends the browser.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
    args: [
      '--disable-dev-shm-usage',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
      '--no-proxy-server',
      // A request that slips past the check below still finds no address.
      '--host-resolver-rules=MAP shop.test 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
    ],
  });
}

/** A browser context that writes down in `complaints` what no page of ours may do. */
async function watchedContext(world, shop, options, expected, complaints) {
  const { browser, kassa } = world;
  const own = [kassa.base, shop.origin];
  const isForeign = (url) => !/^(data|about):/.test(url) && !own.includes(new URL(url).origin);
  const context = await browser.newContext({ serviceWorkers: 'block', ...options });
  context.setDefaultTimeout(STEP_LIMIT);
  // A test registers its stubs later, and the last registered route that matches is the one that answers.
  await context.route(
    (url) => isForeign(url.href),
    (route) => {
      complaints.push(`request to a foreign host: ${route.request().url()}`);
      return route.abort();
    },
  );
  // Routes see only the first request of a chain of redirects.
  context.on('request', (request) => {
    noteForm(request.postData());
    if (request.redirectedFrom() && isForeign(request.url())) {
      complaints.push(`redirect to a foreign host: ${request.url()}`);
    }
  });
  context.on('console', (message) => {
    const text = `${message.text()} (${message.location().url})`;
    if (message.type() === 'error' && !expected.some((pattern) => pattern.test(text))) {
      complaints.push(`console error: ${text}`);
    }
  });
  context.on('weberror', (event) => complaints.push(`uncaught error in a page: ${event.error().stack}`));
  return context;
}

/**
 * Runs in a page without scripts: there the checker may run but no timer fires, so that it would wait for ever.
 * Its short timers only yield, and become a promise; its long ones only guard against a hang, and stay silent.
 */
function replaceTimers() {
  globalThis.setTimeout = (work, delay = 0, ...args) => {
    if (delay < 100) Promise.resolve().then(() => work(...args));
    return 0;
  };
}

/** What a test is handed. `contexts` collects what must be closed after it. */
async function toolsFor(world, shop, test, complaints, contexts) {
  const { browser, kassa, merchant } = world;
  const newContext = async (options = {}) => {
    const all = { javaScriptEnabled: test.js, ...options };
    const context = await watchedContext(world, shop, all, test.expected, complaints);
    contexts.push(context);
    return context;
  };
  const context = await newContext();
  return {
    browser,
    kassa,
    merchant,
    /** The server's address without a slash at the end. */
    base: kassa.base,
    /** Whether scripts run in this variant of the test. */
    js: test.js,
    /** The test's own context; `context.route` stubs a foreign host. */
    context,
    /** Another watched context, for a second visitor or another screen. */
    newContext,
    /** A page in the test's context, or with options (a viewport, a locale) in a context of its own. */
    newPage: async (options) => (options ? await newContext(options) : context).newPage(),
    /** `origin` is where a checkout may return to, `visits` what arrived there, `show(path, body)` gives it a page. */
    shop: { origin: shop.origin, visits: shop.visits, show: shop.show },
    /** Another merchant in test mode, for a test that changes its settings or shows its name. */
    createMerchant: (name) => createMerchant(kassa, name),
    /** Posts JSON to the checkout API with a merchant's key; gives { status, json }. */
    async neuroPay(path, body, { neuro_pay: api } = merchant) {
      const response = await fetch(`${api.base_url}${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${api.api_key}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      const text = await response.text();
      try {
        return { status: response.status, json: JSON.parse(text) };
      } catch {
        throw new Error(`${path} answered ${response.status} without JSON: ${text}`);
      }
    },
    /** Asks Checkout.com's API with a merchant's secret key; gives { status, json }. */
    async checkoutCom(method, path, body, { checkout_com: api } = merchant) {
      const response = await fetch(`${api.base_url}${path}`, {
        method,
        headers: { authorization: `Bearer ${api.secret_key}`, 'content-type': 'application/json' },
        body: body && JSON.stringify(body),
      });
      const text = await response.text();
      return { status: response.status, json: text ? JSON.parse(text) : undefined };
    },
    /** What axe finds wrong with the page, one line a rule; empty is good. `rules` are all unless they are named. */
    async axe(page, rules) {
      const isThere = await page.evaluate(() => 'axe' in globalThis);
      if (!isThere) await page.evaluate(axe.source);
      if (!isThere && !test.js) await page.evaluate(replaceTimers);
      // Frames are asked by message, which also needs scripts.
      const options = { iframes: test.js, ...(rules && { runOnly: rules }) };
      const { violations } = await page.evaluate((options) => globalThis.axe.run(options), options);
      return violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`);
    },
    /** Keeps a screenshot of the whole page, if this run keeps any. */
    async shot(page, name) {
      const folder = process.env.KASSA_SHOTS;
      const file = `${name}${test.js ? '' : '-without-scripts'}.png`;
      if (folder) await page.screenshot({ path: join(folder, file), fullPage: true, animations: 'disabled' });
    },
  };
}

/** Runs one test and gives what is wrong, one entry a complaint. */
async function runTest(world, test) {
  const complaints = [];
  const contexts = [];
  const shop = await startShop();
  try {
    const tools = await toolsFor(world, shop, test, complaints, contexts);
    await within(test.limit, 'the test', test.run(tools));
  } catch (error) {
    complaints.push(error?.stack ?? String(error));
  }
  if (world.kassa.ended()) complaints.push(world.kassa.ended());
  // Closing comes before judging, so that the last messages of the pages have arrived.
  for (const context of contexts) await context.close();
  shop.stop();
  return complaints;
}

/** Every registered test, once for each variant of it. */
async function collectTests(words) {
  const found = [];
  for (const file of readdirSync(import.meta.dirname).filter((name) => name.endsWith('.test.mjs')).sort()) {
    const { tests } = await import(`./${file}`);
    for (const [name, registered] of Object.entries(tests)) {
      const settings = typeof registered === 'function' ? { run: registered } : registered;
      const { js = true, expected = [], limit = TEST_LIMIT, run } = settings;
      const variants = js === 'both' ? [true, false] : [js];
      for (const variant of variants) {
        const scripts = variant ? '' : ' (without scripts)';
        found.push({ name: `${file.replace('.test.mjs', '')}: ${name}${scripts}`, js: variant, expected, limit, run });
      }
    }
  }
  return found.filter((test) => test.name.includes(words));
}

/** Runs one test and says how it went; gives whether it passed. */
async function judge(world, test) {
  const begun = performance.now();
  const complaints = await runTest(world, test);
  const took = `${Math.round(performance.now() - begun)} ms`;
  console.log(`${complaints.length === 0 ? 'ok    ' : 'FAILED'} ${test.name} (${took})`);
  for (const complaint of complaints) console.log(stripVTControlCharacters(complaint).replace(/^/gm, '       '));
  return complaints.length === 0;
}

async function runAll(tests, world) {
  const begun = performance.now();
  // What waits longest begins first, so that the others run meanwhile.
  const waiting = tests.toSorted((one, other) => other.limit - one.limit);
  let failed = 0;
  const lane = async () => {
    // Without the server every test left would only say so again.
    while (waiting.length > 0 && !world.kassa.ended()) {
      if (!(await judge(world, waiting.shift()))) failed += 1;
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  if (world.kassa.ended()) console.log(`FAILED ${world.kassa.ended()}`);
  if (failed + waiting.length > 0) console.log(`\nThe server's last lines:\n${world.kassa.log()}\n`);
  const took = `${Math.round((performance.now() - begun) / 1000)} s`;
  const passed = tests.length - failed - waiting.length;
  console.log(`${passed} passed, ${failed} failed, ${waiting.length} not run, in ${took}`);
  return passed === tests.length;
}

async function main() {
  for (const name of ['KASSA_BIN', 'CHROMIUM']) {
    if (!process.env[name]) throw new Error(`${name} is not set; \`cargo xtask test pages\` sets it`);
  }
  const tests = await collectTests(process.argv.slice(2).join(' '));
  if (tests.length === 0) throw new Error('there is no such test');

  const traces = process.env.KASSA_PAGES_TRACES;
  const folder = traces ? join(traces, 'server') : mkdtempSync(join(tmpdir(), 'kassa-pages-'));
  if (traces) mkdirSync(folder);
  else process.on('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1));
  noteWhatIsFetched();

  const world = {};
  try {
    world.kassa = await startKassa(process.env.KASSA_BIN, folder);
    world.merchant = await createMerchant(world.kassa, 'Shop');
    world.browser = await launch();
    return await runAll(tests, world);
  } finally {
    await world.browser?.close();
    await world.kassa?.stop();
    if (traces) writeUsed(join(traces, 'used.json'));
  }
}

main().then(
  (passed) => process.exit(passed ? 0 : 1),
  (error) => {
    console.error(error?.stack ?? String(error));
    process.exit(1);
  },
);
