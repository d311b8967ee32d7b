"""A customer's way from registration to a paid order, written against the client that openapi-python-client makes of
`/api/schema`. `cargo xtask clients` generates `haat_client`, has mypy check this file and runs it: a field or an error
code that the document does not have is an error of the checker."""

import os
import sys
import time
from collections.abc import Callable
from typing import TypeVar
from uuid import UUID, uuid4

import httpx

from haat_client import AuthenticatedClient, Client
from haat_client.api.accounts import post_auth_login, post_auth_register
from haat_client.api.cart import post_cart
from haat_client.api.orders import get_orders_id, post_orders_checkout
from haat_client.api.products import get_products, get_products_id
from haat_client.models import (
    Address,
    Checkout,
    Credentials,
    EnvelopeAccepted,
    EnvelopeOrderViewData,
    Error,
    ErrorCode,
    Money,
    NewCartLine,
    NewCustomer,
    OrderStatus,
    PaymentMethod,
    PaymentProgress,
    PaymentStatus,
)
from haat_client.types import UNSET, Response

LIMIT_SECONDS = 60
# The API waits up to 5 seconds for a change; no request takes longer than this.
TIMEOUT = httpx.Timeout(30)
# A proxy of the environment does not lead to this machine.
HTTP = {"trust_env": False}

T = TypeVar("T")


def worked(step: str, answer: Response[T | Error]) -> T:
    """The body of an answer that must have worked."""
    if answer.parsed is None or isinstance(answer.parsed, Error):
        sys.exit(f"{step}: {answer.status_code} {answer.content.decode()}")
    return answer.parsed


def refused(step: str, answer: Response[T | Error], status: int, code: ErrorCode) -> Error:
    """The error of an answer that must have been refused, with this status and code."""
    error = answer.parsed
    if answer.status_code != status or not isinstance(error, Error) or error.code != code:
        sys.exit(f"{step}: expected {status} {code}, not {answer.status_code} {answer.content.decode()}")
    return error


def sign_in(base_url: str) -> AuthenticatedClient:
    visitor = Client(base_url=base_url, timeout=TIMEOUT, httpx_args=HTTP)
    email, password = f"python-{uuid4()}@mail.example", str(uuid4())
    account = NewCustomer(email=email, password=password, full_name="Nadia Rahman")
    worked("register", post_auth_register.sync_detailed(client=visitor, body=account))
    credentials = Credentials(email=email, password=password)
    answer = post_auth_login.sync_detailed(client=visitor, body=credentials)
    token = worked("sign in", answer).data.access_token
    return AuthenticatedClient(base_url=base_url, token=token, timeout=TIMEOUT, httpx_args=HTTP)


def variant_on_sale(client: AuthenticatedClient) -> UUID:
    answer = get_products.sync_detailed(client=client, vendor="potters-lane", in_stock=True)
    for summary in worked("list products", answer).data.results:
        product = get_products_id.sync_detailed(summary.id, client=client)
        for variant in worked("read a product", product).data.variants:
            if variant.available > 1:
                return variant.id
    sys.exit("the demo shop potters-lane has nothing in stock")


def check_out(client: AuthenticatedClient) -> UUID:
    address = Address(name="Nadia Rahman", line1="House 12, Road 7", city="Dhaka", country="BD")

    def attempt(key: object, total: Money | None) -> Response[EnvelopeAccepted | Error]:
        body = Checkout(shipping_address=address, payment_method=PaymentMethod.STRIPE, expected_total=total)
        return post_orders_checkout.sync_detailed(client=client, body=body, idempotency_key=str(key))

    # 409: the total that the customer was shown is not today's. The error has the one that is.
    answer = attempt(uuid4(), Money(amount="0.01", currency="USD"))
    changed = refused("check out at another total", answer, 409, ErrorCode.CART_CHANGED)
    if not changed.errors:
        sys.exit("cart_changed has no `errors`")
    key, total = uuid4(), Money.from_dict(changed.errors["total"])
    order = worked("check out", attempt(key, total)).data.id

    # The same key with the same body is answered as before; 422: with another body it is refused.
    repeated = worked("check out again", attempt(key, total)).data.id
    if repeated != order:
        sys.exit(f"the key was used twice: {order}, {repeated}")
    refused("check out with a used key", attempt(key, None), 422, ErrorCode.IDEMPOTENCY_KEY_REUSED)
    return order


def order_that(
    client: AuthenticatedClient, order_id: UUID, goal: str, arrived: Callable[[EnvelopeOrderViewData], bool]
) -> EnvelopeOrderViewData:
    """Polls as a frontend does: with the version that it has, the API answers when there is a newer one."""
    end = time.monotonic() + LIMIT_SECONDS
    etag, last = "", "never seen"
    while time.monotonic() < end:
        answer = get_orders_id.sync_detailed(order_id, client=client, wait=5, if_none_match=etag or UNSET)
        if answer.status_code == 304:
            continue
        order: EnvelopeOrderViewData = worked("read the order", answer).data
        if arrived(order):
            return order
        etag, last = answer.headers["etag"], f"{order.status}, payment {order.payment}"
    sys.exit(f"the order is not {goal} after {LIMIT_SECONDS} s: {last}")


def page(order: EnvelopeOrderViewData) -> str | None:
    payment = order.payment
    return (payment.redirect_url or None) if isinstance(payment, PaymentProgress) else None


def main() -> None:
    base_url = os.environ.get("HAAT_API") or sys.exit("HAAT_API is not set to the API's address")
    client = sign_in(base_url)
    line = NewCartLine(variant_id=variant_on_sale(client), quantity=2)
    worked("fill the cart", post_cart.sync_detailed(client=client, body=line))
    order_id = check_out(client)

    open_order = order_that(client, order_id, "open for payment", lambda order: page(order) is not None)
    card = {"card": "4242424242424242"}
    paying = httpx.post(page(open_order) or "", data=card, timeout=TIMEOUT, trust_env=False)
    if paying.is_error:
        sys.exit(f"pay at the sandbox: {paying.status_code} {paying.text}")

    paid = order_that(client, order_id, "paid", lambda order: order.status == OrderStatus.PAID)
    if not isinstance(paid.payment, PaymentProgress) or paid.payment.status != PaymentStatus.CAPTURED:
        sys.exit(f"a paid order has the payment {paid.payment}")
    print(f"order {paid.number} paid, {paid.total.amount} {paid.total.currency}")


main()
