// A customer's way from registration to a paid order, written against the types that openapi-typescript makes of
// `/api/schema`. `cargo xtask clients` generates `api.d.ts`, compiles this file under strict rules and runs it:
// a field, a status or an error code that the document does not have is an error of the compiler.

import { randomUUID } from "node:crypto";
import process from "node:process";

import createClient from "openapi-fetch";

import type { components, paths } from "./api.js";

type Schemas = components["schemas"];
type Order = Schemas["Envelope_OrderView"]["data"];
/** What openapi-fetch returns, whichever operation was called. */
type Answer<T> = { data?: T; error?: Schemas["Error"] | Schemas["Problem"]; response: Response };

const LIMIT_MS = 60_000;
/** The API waits up to 5 seconds for a change; no request takes longer than this. */
const REQUEST_MS = 30_000;

const baseUrl = process.env["HAAT_API"];
if (!baseUrl) throw new Error("HAAT_API is not set to the API's address");
const limited = (request: Request) => fetch(request, { signal: AbortSignal.timeout(REQUEST_MS) });
const visitor = createClient<paths>({ baseUrl, fetch: limited });

/** The data of an answer that must have worked. */
function worked<T>(step: string, answer: Answer<T>): T {
  if (answer.data === undefined) {
    const code = answer.error?.code ?? "no error code";
    throw new Error(`${step}: ${answer.response.status} ${code} ${JSON.stringify(answer.error)}`);
  }
  return answer.data;
}

/** The error of an answer that must have been refused, with this status and code. */
function refused(step: string, answer: Answer<unknown>, status: number, code: Schemas["ErrorCode"]) {
  if (answer.response.status !== status || answer.error?.code !== code) {
    const got = JSON.stringify(answer.error ?? answer.data);
    throw new Error(`${step}: expected ${status} ${code}, not ${answer.response.status} ${got}`);
  }
  return answer.error;
}

const account = { email: `typescript-${randomUUID()}@mail.example`, password: randomUUID() };
worked("register", await visitor.POST("/api/auth/register", { body: { ...account, full_name: "Nadia Rahman" } }));
const session = worked("sign in", await visitor.POST("/api/auth/login", { body: account }));
const customer = createClient<paths>({
  baseUrl,
  fetch: limited,
  headers: { Authorization: `Bearer ${session.data.access_token}` },
});

async function variantOnSale(): Promise<Schemas["VariantId"]> {
  const query = { vendor: "potters-lane", in_stock: true };
  const products = worked("list products", await visitor.GET("/api/products", { params: { query } }));
  for (const { id } of products.data.results) {
    const product = worked("read a product", await visitor.GET("/api/products/{id}", { params: { path: { id } } }));
    const variant = product.data.variants.find((variant) => variant.available > 1);
    if (variant) return variant.id;
  }
  throw new Error("the demo shop potters-lane has nothing in stock");
}

const line = { variant_id: await variantOnSale(), quantity: 2 };
worked("fill the cart", await customer.POST("/api/cart", { body: line }));

const checkout: Schemas["Checkout"] = {
  payment_method: "stripe",
  shipping_address: { name: "Nadia Rahman", line1: "House 12, Road 7", city: "Dhaka", country: "BD" },
};
const checkOut = (key: string, body: Schemas["Checkout"]) =>
  customer.POST("/api/orders/checkout", { params: { header: { "Idempotency-Key": key } }, body });

// 409: the total that the customer was shown is not today's. The error has the one that is.
const outdated = { ...checkout, expected_total: { amount: "0.01", currency: "USD" } };
const changed = refused("check out at another total", await checkOut(randomUUID(), outdated), 409, "cart_changed");
const agreed = { ...checkout, expected_total: changed.errors?.["total"] as Schemas["Money"] };
const key = randomUUID();
const accepted = worked("check out", await checkOut(key, agreed)).data;

// The same key with the same body is answered as before; 422: with another body it is refused.
const repeated = worked("check out again", await checkOut(key, agreed)).data;
if (repeated.id !== accepted.id) throw new Error(`the key was used twice: ${accepted.id}, ${repeated.id}`);
refused("check out with a used key", await checkOut(key, checkout), 422, "idempotency_key_reused");

/** Polls as a frontend does: with the version that it has, the API answers when there is a newer one. */
async function orderThat(goal: string, arrived: (order: Order) => boolean): Promise<Order> {
  const end = Date.now() + LIMIT_MS;
  let header: { "If-None-Match"?: string } = {};
  let last = "never seen";
  while (Date.now() < end) {
    const params = { path: { id: accepted.id }, query: { wait: 5 }, header };
    const answer = await customer.GET("/api/orders/{id}", { params });
    if (answer.response.status === 304) continue;
    const order = worked("read the order", answer).data;
    if (arrived(order)) return order;
    header = { "If-None-Match": answer.response.headers.get("ETag") ?? "" };
    last = `${order.status}, payment ${JSON.stringify(order.payment)}`;
  }
  throw new Error(`the order is not ${goal} after ${LIMIT_MS / 1000} s: ${last}`);
}

const open = await orderThat("open for payment", (order) => typeof order.payment?.redirect_url === "string");
const paying = await fetch(open.payment!.redirect_url!, {
  method: "POST",
  body: new URLSearchParams({ card: "4242424242424242" }),
  redirect: "manual",
  signal: AbortSignal.timeout(REQUEST_MS),
});
if (paying.status >= 400) throw new Error(`pay at the sandbox: ${paying.status} ${await paying.text()}`);

const paid = await orderThat("paid", (order) => order.status === "paid");
if (paid.payment?.status !== "captured") throw new Error(`a paid order has the payment ${JSON.stringify(paid.payment)}`);
console.log(`order ${paid.number} paid, ${paid.total.amount} ${paid.total.currency}`);
