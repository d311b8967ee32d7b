//! What the page says of every state, and that nothing in it can be more than text.

use super::*;

fn standing(status: OrderStatus, payment: Option<PaymentStatus>) -> Standing {
    let number = "7K3M-9QX2".to_owned();
    Standing { number, status, hold_until: None, payment, was_interrupted: false }
}

fn page(message: Message) -> Page<'static> {
    Page { message, number: None, kept_until: None, link: None, refresh: None }
}

fn title(status: OrderStatus, payment: Option<PaymentStatus>, visit: Visit) -> (&'static str, bool) {
    let message = message_for(&standing(status, payment), visit);
    (message.title, message.waits)
}

#[test]
fn only_money_that_has_arrived_is_called_paid() {
    for status in OrderStatus::ALL {
        for payment in [PaymentStatus::Open, PaymentStatus::Unknown, PaymentStatus::Processing] {
            let (title, _) = title(*status, Some(payment), Visit::Completed);
            let is_paid = matches!(
                status,
                OrderStatus::Paid | OrderStatus::Processing | OrderStatus::Shipped | OrderStatus::Delivered
            );
            assert_eq!(title == "Paid", is_paid, "{status:?}: {title}");
        }
    }
}

#[test]
fn a_payment_without_an_end_is_told_by_what_is_known() {
    let waiting = |payment, visit| title(OrderStatus::AwaitingPayment, Some(payment), visit);
    assert_eq!(waiting(PaymentStatus::Open, Visit::Completed), ("Not finished yet", true));
    assert_eq!(waiting(PaymentStatus::Open, Visit::Left), ("Not paid", false));
    // What the address says does not count once more is known.
    assert_eq!(waiting(PaymentStatus::Processing, Visit::Left), ("Not finished yet", false));
    assert_eq!(waiting(PaymentStatus::Captured, Visit::Left), ("Not finished yet", true));
    assert_eq!(title(OrderStatus::Paid, Some(PaymentStatus::Captured), Visit::Left), ("Paid", false));
    assert_eq!(title(OrderStatus::AwaitingPayment, None, Visit::Completed), ("Not paid", false));
}

#[test]
fn every_payment_that_was_not_made_has_the_same_words() {
    let open = standing(OrderStatus::AwaitingPayment, Some(PaymentStatus::Open));
    let interrupted = Standing { was_interrupted: true, ..open.clone() };
    assert_eq!(
        (message_for(&open, Visit::Left), message_for(&interrupted, Visit::Unclear)),
        (NOT_PAID, NOT_PAID)
    );
    for payment in [PaymentStatus::Failed, PaymentStatus::Expired] {
        let ended = standing(OrderStatus::AwaitingPayment, Some(payment));
        assert_eq!(
            (message_for(&ended, Visit::Left), message_for(&ended, Visit::Completed)),
            (NOT_PAID, NOT_PAID),
            "{payment:?}"
        );
    }
}

#[test]
fn a_failed_try_before_the_last_one_is_not_its_end() {
    let open = standing(OrderStatus::AwaitingPayment, Some(PaymentStatus::Open));
    let declined_before = Standing { was_interrupted: true, ..open };
    let message = message_for(&declined_before, Visit::Completed);
    assert_eq!((message.title, message.waits), ("Not finished yet", true));
    let read = |query: &str| Back::read(&format!("/back{query}").parse().expect("an address")).visit;
    assert_eq!(read("?outcome=processing&look=23"), Visit::Completed);
    assert_eq!(read("?outcome=processing&look=24"), Visit::Unclear);
}

#[test]
fn an_order_that_has_ended_has_the_same_words_whether_money_came_or_not() {
    for status in [OrderStatus::Expired, OrderStatus::Cancelled] {
        let unpaid = message_for(&standing(status, Some(PaymentStatus::Expired)), Visit::Completed);
        for payment in [PaymentStatus::Captured, PaymentStatus::Surplus] {
            assert_eq!(
                message_for(&standing(status, Some(payment)), Visit::Left),
                unpaid,
                "{status:?}, {payment:?}"
            );
        }
        assert!(unpaid.next.contains("goes back to you"), "{}", unpaid.next);
    }
}

#[test]
fn goods_are_said_to_be_kept_until_a_time_that_has_not_passed() {
    let until: Timestamp = "2026-11-29T23:58:00Z".parse().expect("a time");
    let second = std::time::Duration::from_secs(1);
    let open = standing(OrderStatus::AwaitingPayment, Some(PaymentStatus::Open));
    let held = Standing { hold_until: Some(until), ..open };
    assert_eq!(kept_until(&held, until - second), Some(until));
    assert_eq!(kept_until(&held, until), None);
    assert_eq!(kept_until(&Standing { status: OrderStatus::Paid, ..held }, until - second), None);
    let html = Page { kept_until: Some(until), ..page(UNKNOWN) }.html();
    assert!(html.contains("The goods are kept for you until 29 November 2026, 23:58 UTC."), "{html}");
}

#[test]
fn a_page_that_waits_loads_itself_again_but_not_without_end() {
    let order = OrderId::new();
    let read = |query: &str| Back::read(&format!("/back{query}").parse().expect("an address"));
    let mut query = format!("?order={order}&outcome=processing");
    let mut loads = 0;
    while let Some(next) = read(&query).again(order) {
        assert_eq!(read(&next).order, Some(order));
        (query, loads) = (next, loads + 1);
    }
    assert_eq!(loads, REFRESHES);
    for look in ["25", "4294967295"] {
        assert_eq!(read(&format!("?look={look}")).again(order), None);
    }
    let html = Page { refresh: Some("?order=1&look=2".to_owned()), ..page(UNKNOWN) }.html();
    assert!(html.contains("http-equiv=\"refresh\" content=\"5;url=?order=1&amp;look=2\""), "{html}");
    assert!(html.contains("refreshes automatically") && !page(UNKNOWN).html().contains("refresh"));
}

#[test]
fn the_link_leads_to_the_order_if_there_is_one() {
    let order = OrderId::new();
    let link = |shop: &str, order| address(shop, order, Provider::Bkash);
    assert_eq!(
        link("https://shop.example/o/{order_id}?by={gateway}", Some(order)),
        Some(format!("https://shop.example/o/{order}?by=bkash"))
    );
    assert_eq!(link("https://shop.example/o/{order_id}", None), None);
    assert_eq!(link("https://shop.example", None).as_deref(), Some("https://shop.example"));
}

#[test]
fn nothing_in_the_page_is_more_than_text() {
    let link = Some("https://shop.example/?a=\"><script>".to_owned());
    let page = Page { number: Some("<i>"), link, ..page(message("<b>", "a & b", "c")) }.html();
    assert!(!page.contains("<b>") && !page.contains("<i>") && !page.contains("<script"), "{page}");
    assert!(
        page.contains("a &amp; b")
            && page.contains("href=\"https://shop.example/?a=&quot;&gt;&lt;script&gt;\"")
    );
    for place in ["{again}", "{title}", "{what}", "{next}", "{link}", "{order}"] {
        assert!(PAGE.contains(place) && !page.contains(place), "{place}");
    }
}

#[test]
fn an_address_that_gateways_have_added_to_is_read_for_what_is_ours() {
    let order = OrderId::new();
    let read = |query: String| Back::read(&format!("/back?{query}").parse().expect("an address"));
    let back = read(format!("trxref=1&order={order}&outcome=left&order=x&reference=1"));
    assert_eq!((back.order, back.visit), (Some(order), Visit::Left));
    for query in ["", "order=", "order=7", "order=%00", "outcome=paid"] {
        let back = read(query.to_owned());
        assert_eq!((back.order, back.visit), (None, Visit::Unclear), "{query}");
    }
}
