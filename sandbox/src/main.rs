//! The sandbox as a program: settings from the environment, logs to stderr, ends on SIGTERM.
//! Whatever it does is in the library.

#![expect(clippy::print_stdout, reason = "help goes to stdout")]

use std::io::IsTerminal;
use std::process::ExitCode;

use haat_sandbox::{Config, Sandbox};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

const HELP: &str =
    "haat-sandbox: pretend payment gateways that keep books, send webhooks and fail when asked to

Takes no arguments; its first page, http://127.0.0.1:8090 by default, shows all it can do.
Settings are environment variables:

  HAAT_SANDBOX_ADDR                    where it listens; port 0 takes any free one (127.0.0.1:8090)
  HAAT_SANDBOX_PORT_FILE               receives the port that was bound
  HAAT_SANDBOX_PUBLIC_URL              how browsers reach it (http://<addr>)
  HAAT_SANDBOX_SETTLE_MS               how long slow money takes (1000)
  HAAT_SANDBOX_FAULTS                  faults by chance, as slow:300=0.05,cut_after=0.01
  HAAT_SANDBOX_SEED                    the same seed, the same faults (0)
  HAAT_SANDBOX_KEEP                    finished payments, events and keys kept in memory (100000)
  HAAT_SANDBOX_STRIPE_KEY              the API key that is accepted (sk_test_sandbox)
  HAAT_SANDBOX_STRIPE_WEBHOOK_URL      where events go; none are sent without it
  HAAT_SANDBOX_STRIPE_WEBHOOK_SECRETS  whsec_..., comma-separated
  HAAT_SANDBOX_STRIPE_RESTRICTED_KEYS  further keys, as rk_test_a=refunds:write,charges:read;rk_test_b=*:read
                                       (rk_test_readonly=*:read)
  HAAT_SANDBOX_STRIPE_ACCOUNTS         connected accounts, comma-separated (any acct_...)
  HAAT_SANDBOX_STRIPE_PENDING_S        how long a charge's money is pending (0)
  HAAT_SANDBOX_STRIPE_DISPUTE_FEE      in the smallest unit of the currency (1500)
  HAAT_SANDBOX_STRIPE_EVIDENCE_DUE_S   how long a dispute waits for evidence (777600)
  HAAT_SANDBOX_CHAPA_KEY               the secret key that is accepted (CHASECK_TEST-sandbox)
  HAAT_SANDBOX_CHAPA_WEBHOOK_URL       where events go; none are sent without it
  HAAT_SANDBOX_CHAPA_WEBHOOK_SECRETS   the secret; of several, comma-separated, the first signs
  HAAT_SANDBOX_CHAPA_APPROVAL_URL      who is asked before a transfer; nobody without it
  HAAT_SANDBOX_CHAPA_APPROVAL_SECRET   signs that question
  HAAT_SANDBOX_CHAPA_APPROVAL_HASH     what is signed of it: body or secret (body)
  HAAT_SANDBOX_CHAPA_AMOUNTS           random, string or number (random)
  HAAT_SANDBOX_CHAPA_BALANCE           opening balance of each currency (1000000000)
  HAAT_SANDBOX_CHAPA_REFUND_LIVE_ONLY  on: test keys may not refund (off)
  HAAT_SANDBOX_CHAPA_REFUND_BY         a refund's path: reference, tx_ref or either (reference)
  HAAT_SANDBOX_CHAPA_REFUND_VERIFY_BY_OURS  on: also by the caller's own reference (off)
  HAAT_SANDBOX_CHAPA_CANCEL            off: transactions cannot be cancelled (on)
  HAAT_SANDBOX_CHAPA_STRICT_CUSTOMIZATION  off: title and description have no limits (on)
  HAAT_SANDBOX_CHAPA_CALLBACK_NAME     our reference in the callback (trx_ref)
  HAAT_SANDBOX_CHAPA_LIST_TX_REF       off: the list of transactions is without it (on)
  HAAT_SANDBOX_CHAPA_FAILED_WORD       status of a payment that failed (failed)
  HAAT_SANDBOX_CHAPA_TRANSFER_WORDS    four words (pending,success,failed/cancelled,reverted)
  HAAT_SANDBOX_CHAPA_DUPLICATE_TEXT    what a used tx_ref is answered
  HAAT_SANDBOX_PAYSTACK_KEY            the secret key that is accepted (sk_test_paystack)
  HAAT_SANDBOX_PAYSTACK_WEBHOOK_URL    where events go; none are sent without it
  HAAT_SANDBOX_PAYSTACK_WEBHOOK_SECRETS  the first signs the events (the key)
  HAAT_SANDBOX_PAYSTACK_CALLBACK_URL   where browsers go when a transaction does not say
  HAAT_SANDBOX_PAYSTACK_CURRENCIES     what may be charged (NGN,GHS,ZAR,KES,USD)
  HAAT_SANDBOX_PAYSTACK_WHOLE_CURRENCIES  those of them that travel in whole units (none)
  HAAT_SANDBOX_PAYSTACK_BALANCE        what there is of each at the start (1000000000)
  HAAT_SANDBOX_PAYSTACK_TRANSFER_OTP   on: transfers wait for a one-time password (off)
  HAAT_SANDBOX_PAYSTACK_UNDERSCORES    on: references may have underscores (off)
  HAAT_SANDBOX_PAYSTACK_REFUND_FILTERS  on: refunds are listed by transaction (off)
  HAAT_SANDBOX_PAYSTACK_UNKNOWN_REFERENCE  404 or 400, what verify answers (404)
  HAAT_SANDBOX_PAYSTACK_ODD            the share of objects in odd forms (0)
  HAAT_SANDBOX_BKASH_USERNAME                merchant's user name (sandbox)
  HAAT_SANDBOX_BKASH_PASSWORD                merchant's password (sandbox)
  HAAT_SANDBOX_BKASH_APP_KEY                 his app key (sandbox_key)
  HAAT_SANDBOX_BKASH_APP_SECRET              his app secret (sandbox_secret)
  HAAT_SANDBOX_BKASH_WEBHOOK_URL             where push messages go; none are sent without it
  HAAT_SANDBOX_BKASH_TOKEN_LIFE_S            how long a token lives (3600)
  HAAT_SANDBOX_BKASH_GRANTS_PER_HOUR         more shut the merchant out for an hour (1000)
  HAAT_SANDBOX_BKASH_DUPLICATE_MS            same wallet, same amount within it: 2029 (0, never)
  HAAT_SANDBOX_BKASH_AMOUNTS                 how requests write amounts: strings or either (strings)
  HAAT_SANDBOX_BKASH_REFUND_DAYS             how long a payment can be refunded (60)
  HAAT_SANDBOX_BKASH_REFUNDS                 the refund APIs there are: both, v1 or v2 (both)
  HAAT_SANDBOX_BKASH_SEARCH                  searchTransaction: present or absent (present)
  HAAT_SANDBOX_BKASH_SECOND_EXECUTE          its code: 2117 or 2062 (2117)
  HAAT_SANDBOX_BKASH_CLOSED_WORDS            dead payments read initiated or are named (initiated)
  HAAT_SANDBOX_BKASH_SNS_HANDSHAKE           confirming a subscription: required or skipped (required)
  HAAT_SANDBOX_BKASH_SNS_SIGNATURE_VERSION   1 for SHA-1, 2 for SHA-256 (1)
  HAAT_SANDBOX_BKASH_SNS_URL                 how the product reaches the messenger (<public url>/bkash/sns)
  HAAT_SANDBOX_BKASH_SNS_TOPIC_ARN           the topic (arn:aws:sns:ap-southeast-1:000000000000:bkash-sandbox)
  RUST_LOG                             what is logged to stderr (info)";

#[tokio::main]
async fn main() -> ExitCode {
    match std::env::args().nth(1).as_deref() {
        None => {}
        Some("-h" | "--help" | "help") => {
            println!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Some("-V" | "--version") => {
            println!("haat-sandbox {}", env!("CARGO_PKG_VERSION"));
            return ExitCode::SUCCESS;
        }
        Some(other) => {
            eprintln!(
                "haat-sandbox: unknown argument {other:?}; it is set by variables, see haat-sandbox --help"
            );
            return ExitCode::from(2);
        }
    }
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error, "the sandbox cannot run; see haat-sandbox --help");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), String> {
    let config = Config::from_env(|name| std::env::var(name).ok())?;
    let sandbox = Sandbox::start(config).await.map_err(|error| error.to_string())?;
    let mut terminate = signal(SignalKind::terminate()).map_err(|error| error.to_string())?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(|error| error.to_string())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("stopping");
    sandbox.stop().await;
    Ok(())
}
