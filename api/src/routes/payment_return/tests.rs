//! What the page says of every state, and that nothing in it can be more than text.

use super::*;

fn standing(status: OrderStatus, payment: Option<PaymentStatus>, failure: Option<FailureCode>) -> Standing {
    let number = "7K3M-9QX2".to_owned();
    Standing { number, status, hold_until: None, payment, failure, was_left: false, has_surplus: false }
}

fn title(status: OrderStatus, payment: Option<PaymentStatus>, left: bool) -> (&'static str, bool) {
    let told = tell(&standing(status, payment, None), left);
    (told.title, told.waits)
}

#[test]
fn only_money_that_has_arrived_is_called_paid() {
    for status in OrderStatus::ALL {
        for payment in [PaymentStatus::Open, PaymentStatus::Unknown, PaymentStatus::Processing] {
            let (title, _) = title(*status, Some(payment), false);
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
    let waiting = |payment, left| title(OrderStatus::AwaitingPayment, Some(payment), left);
    assert_eq!(waiting(PaymentStatus::Open, false), ("Not finished yet", true));
    assert_eq!(waiting(PaymentStatus::Open, true), ("Not paid", false));
    // What the address says does not count once more is known.
    assert_eq!(waiting(PaymentStatus::Processing, true), ("Not finished yet", true));
    assert_eq!(waiting(PaymentStatus::Failed, true), ("The payment has failed", false));
    assert_eq!(title(OrderStatus::Paid, Some(PaymentStatus::Captured), true), ("Paid", false));
    assert_eq!(title(OrderStatus::AwaitingPayment, None, false), ("Not finished yet", true));
}

#[test]
fn every_failure_has_words_of_its_own_kind() {
    for failure in FailureCode::ALL {
        let failed = standing(OrderStatus::AwaitingPayment, Some(PaymentStatus::Failed), Some(*failure));
        let told = tell(&failed, false);
        assert!(told.what.ends_with('.') && !told.what.contains('_'), "{failure:?}: {}", told.what);
    }
}

#[test]
fn money_that_came_to_an_order_that_has_ended_goes_back() {
    for status in [OrderStatus::Expired, OrderStatus::Cancelled] {
        let unpaid = standing(status, Some(PaymentStatus::Expired), None);
        let paid = Standing { has_surplus: true, ..unpaid.clone() };
        assert!(tell(&paid, false).next.starts_with("What you have paid goes back"));
        assert!(tell(&unpaid, false).next.starts_with("Should a payment"));
    }
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
    let told = told("<b>", "a & b", "c");
    let page = page(&told, None, Some("<i>"), Some("https://shop.example/?a=\"><script>"));
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
    assert_eq!((back.order, back.left), (Some(order), true));
    for query in ["", "order=", "order=7", "order=%00", "outcome=paid"] {
        let back = read(query.to_owned());
        assert_eq!((back.order, back.left), (None, false), "{query}");
    }
}
