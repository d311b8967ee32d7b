//! What a refund request covers.

use money::Money;

/// Whether the pieces return to stock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Restock {
    Yes,
    /// Damaged, kept by the customer or never shipped back.
    No,
}

/// One line of an order, or some pieces of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AskLine {
    pub line_no: i16,
    pub quantity: i32,
    pub restock: Restock,
}

/// How much.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// Everything that is left of the payment and of the lines.
    Whole(Restock),
    /// An amount, as goodwill: no stock returns.
    Amount(Money),
    /// These pieces at the prices for which they were bought.
    Lines(Vec<AskLine>),
}

/// A refund request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    pub what: What,
    /// For the customer and the books.
    pub reason: String,
}
