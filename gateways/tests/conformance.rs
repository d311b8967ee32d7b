//! The same promises of every adapter, each against its own simulator: the table of adapters and promises.
//!
//! A further gateway is one more file in `subjects`, and one more line at the end of this one. Chapa has a second one, with
//! the promises that it can keep where a refund is not found by our reference.

#[path = "conformance/creating.rs"]
mod creating;
#[path = "conformance/expiring.rs"]
mod expiring;
#[path = "conformance/finishing.rs"]
mod finishing;
#[path = "conformance/listing.rs"]
mod listing;
#[path = "conformance/pushing.rs"]
mod pushing;
#[path = "conformance/refunding.rs"]
mod refunding;
#[path = "conformance/stage.rs"]
mod stage;
#[path = "conformance/subjects/mod.rs"]
mod subjects;
#[path = "conformance/transferring.rs"]
mod transferring;

macro_rules! promises {
    ($gateway:ident, $subject:expr) => {
        promises! { $gateway, $subject;
            creating: create_twice_is_one_payable_thing, it_is_found_before_and_after_it_is_paid,
                other_currencies_are_refused_unsent, a_broken_line_opens_nothing_twice,
                a_payment_nobody_made_is_no_success;
            finishing: what_the_customer_agreed_to_is_taken_once, what_nobody_agreed_to_is_not_taken,
                what_failed_says_why, a_broken_line_takes_once;
            expiring: an_unpaid_page_is_given_up, a_paid_page_is_not_given_up;
            refunding: parts_are_refunded_one_by_one,
                all_refunds_of_a_payment_are_listed, the_same_refund_is_made_once, more_than_was_taken_is_refused,
                a_broken_line_refunds_once, a_refund_may_fail_late, a_refund_nobody_made_is_not_found;
            pushing: what_is_pushed_is_read_and_read_again, a_delivery_repeated_is_the_same_event,
                what_was_changed_on_the_way_is_not_believed, an_old_signature_is_not_believed;
            transferring: the_same_transfer_is_made_once, an_old_transfer_is_not_made_again,
                a_broken_line_pays_out_once, a_transfer_may_fail, what_was_paid_out_is_taken_back_once,
                what_can_not_be_paid_out_is_refused_unsent;
            listing: the_list_has_everything_once;
        }
    };
    ($gateway:ident, $subject:expr; $($group:ident: $($promise:ident),*;)*) => {
        mod $gateway {
            $($(
                #[tokio::test]
                async fn $promise() {
                    crate::$group::$promise(&$subject).await;
                }
            )*)*
        }
    };
}

promises!(stripe, crate::subjects::Stripe);
promises!(bkash, crate::subjects::Bkash);
promises!(paystack, crate::subjects::Paystack);
promises!(chapa, crate::subjects::Chapa::FindsRefundsByOurReference);
promises! { chapa_by_its_own_reference, crate::subjects::Chapa::FindsRefundsByItsOwn;
    refunding: parts_are_refunded_one_by_one, all_refunds_of_a_payment_are_listed,
        a_refund_without_an_answer_is_made_once, more_than_was_taken_is_refused, a_refund_may_fail_late,
        a_refund_nobody_made_is_not_found;
}
