// A small shop that is paid through Kassa. Node.js 20 or newer, nothing else.
//
// It makes a customer and a checkout, learns that it was paid, captures when it ships, and gives money back. Orders are kept
// in memory and nobody signs in: a real shop has a database and a login here.

import { randomBytes } from "node:crypto";
import { createServer } from "node:http";

const { NEURO_PAY_URL: apiUrl, NEURO_PAY_API_KEY: apiKey, SHOP_PORT: port = "3000" } = process.env;
if (!apiUrl || !apiKey) {
  stop('Set NEURO_PAY_URL and NEURO_PAY_API_KEY: eval "$(kassa merchant create --name Boots --mode test --env)"');
}
const price = 24900; // öre, the smallest unit of the Swedish krona

const orders = new Map(); // our order number -> the checkout as it was when we asked last

// The API

/** Why a request failed. Never show it to a buyer as it is; it is written for whoever works on the shop. */
class Refused extends Error {}

// Which variable is wrong.
const hints = {
  401: "NEURO_PAY_API_KEY is no key of this server. Was it made for the data that the server has?",
  404: "Is NEURO_PAY_URL the whole base URL, with /neuro-pay at its end?",
};

/** One request. A write that carries a key is safe to send again after a timeout: it is done once. */
async function ask(path, body, once) {
  const headers = { Authorization: `Bearer ${apiKey}`, "Content-Type": "application/json" };
  if (once) headers["Idempotency-Key"] = once;
  const signal = AbortSignal.timeout(30_000);
  let status, text;
  try {
    const response = await fetch(apiUrl + path, { method: "POST", headers, body: JSON.stringify(body), signal });
    status = response.status;
    text = (await response.text()).trim();
    if (response.ok) return JSON.parse(text);
  } catch (error) {
    const where = `Is \`kassa serve\` running at ${apiUrl}? NEURO_PAY_URL says where it is.`;
    throw new Refused(`${path}: ${error.cause?.message ?? error.message}\n${where}`);
  }
  const hint = hints[status];
  throw new Refused(`${path}: ${status} ${text}${hint ? `\n${hint}` : ""}`);
}

/** Makes an order. Returns where to send the buyer. */
async function buy(shop, names) {
  const order = randomBytes(4).toString("hex");
  const customer = await ask("/checkout/create-customer", names, `${order}-customer`);
  const checkout = await ask(
    "/checkout/create",
    {
      identifier: order,
      amount: price,
      currency: "SEK",
      message: "Winter boots, size 38",
      capture: false, // only reserve it now; it is taken when the boots leave the house
      customer_id: customer.customer_id,
      returnUrl: `${shop}/thanks?checkout={CHECKOUT_ID}`, // the id is filled in when the buyer comes back
      returnUrlCancel: `${shop}/`,
    },
    `${order}-checkout`,
  );
  orders.set(order, checkout);
  return checkout.url;
}

const idOf = (order) => ({ checkout_id: orders.get(order).checkout_id });

/** What became of an order. Only the server's answer counts: anybody can type the address of a page. */
async function look(order) {
  orders.set(order, await ask("/checkout/retrieve", idOf(order)));
  return orders.get(order);
}

/** Takes the reserved money. */
async function ship(order) {
  orders.set(order, await ask("/checkout/capture", idOf(order), `${order}-capture`));
}

/** Gives back all that was taken; before that, it releases what is reserved. */
async function giveBack(order) {
  const body = { ...idOf(order), reason: "requested_by_customer" };
  orders.set(order, await ask("/checkout/refund", body, `${order}-refund`));
}

// The web pages

const form = `<form method="post" action="/buy">
<p><label>First name<br><input name="first_name" value="Grace"></label></p>
<p><label>Last name<br><input name="last_name" value="Hopper"></label></p>
<p><label>E-mail<br><input name="email" value="grace@example.com"></label></p>
<button>Buy winter boots for SEK 249</button></form>`;

const back = '<p><a href="/">Back to the shop</a></p>';

function row([order, { status }]) {
  const [shipIt, release, refund] = [["ship", "ship"], ["refund", "release"], ["refund", "refund"]];
  const actions = { reserved: [shipIt, release], paid: [refund] }[status] ?? [];
  const buttons = actions.map(([path, word]) => `<button formaction="/orders/${order}/${path}">${word}</button>`);
  return `<tr><td>${order}<td>${status}<td><form method="post">${buttons.join(" &nbsp; ")}</form>`;
}

/** The answer to a request: a status with a text, or a place to go to. */
async function answer(method, address, body, shop) {
  const [, first, order, action] = address.pathname.split("/");
  if (method === "POST" && first === "buy") {
    const { first_name, last_name, email } = Object.fromEntries(new URLSearchParams(body));
    return [303, await buy(shop, { first_name, last_name, email })];
  }
  if (method === "POST" && first === "orders" && orders.has(order)) {
    if (action === "ship") await ship(order);
    if (action === "refund") await giveBack(order);
    return [303, "/"];
  }
  if (method === "GET" && address.pathname === "/") {
    // Some buyers pay and never come back, so the shop asks. A real one does it in the background.
    for (const order of orders.keys()) await look(order);
    return [200, `${form}<table>${[...orders].map(row).join("")}</table>`];
  }
  if (method === "GET" && first === "thanks") {
    const named = address.searchParams.get("checkout");
    const found = [...orders].find(([, checkout]) => checkout.checkout_id === named);
    if (!found) return [404, "<p>We have no such order.</p>"];
    const { status } = await look(found[0]);
    const paid = status === "reserved" || status === "paid";
    const said = paid ? `Thank you. Order ${found[0]} is paid for.` : `Order ${found[0]} is not paid.`;
    return [200, `<p>${said}</p>${back}`];
  }
  return [404, "<p>There is no such page.</p>"];
}

function send(response, status, text) {
  const headers = { "Content-Type": "text/html; charset=utf-8" };
  response.writeHead(status, headers);
  response.end(`<!doctype html><title>Boots</title><link rel="icon" href="data:,"><h1>Boots</h1>${text}`);
}

const server = createServer(async (request, response) => {
  const shop = `http://127.0.0.1:${server.address().port}`;
  try {
    let body = "";
    for await (const piece of request) {
      body += piece;
      if (body.length > 64 * 1024) throw new Error("a form is not so long");
    }
    // Where the request says it was sent is not where the shop is: buyers come back to the shop's own address.
    const address = new URL(shop + request.url);
    const [status, text] = await answer(request.method, address, body, shop);
    if (status === 303) response.writeHead(status, { Location: text }).end();
    else send(response, status, text);
  } catch (error) {
    const refused = error instanceof Refused;
    // A buyer reads that it did not work, and the terminal says why.
    console.error(refused ? error.message : error);
    const said = refused ? "Payments do not work at the moment. Please try again later." : "Something went wrong.";
    send(response, refused ? 502 : 500, `<p>${said}</p>${back}`);
  }
});
server.on("error", (error) => stop(`Cannot listen on port ${port}: ${error.code}. SHOP_PORT chooses another one.`));
server.listen(Number(port), "127.0.0.1", () => {
  console.log(`The shop is open at http://127.0.0.1:${server.address().port}`);
});

/** Says why there is no shop, and ends. */
function stop(why) {
  console.error(why);
  process.exit(1);
}
