//! The status codes that this bKash can answer, with the messages that come with them. Scripted
//! answers may carry other codes; those say only that they are one.

const CODES: [(&str, &str); 52] = [
    ("0000", "Successful"),
    ("503", "System is undergoing maintenance. Please try again later"),
    ("2001", "Invalid App Key"),
    ("2002", "Invalid Payment ID"),
    ("2003", "Process failed"),
    ("2006", "Invalid Amount"),
    ("2007", "Invalid Currency"),
    ("2008", "Invalid Intent"),
    ("2009", "Invalid Wallet"),
    ("2010", "Invalid OTP"),
    ("2011", "Invalid PIN"),
    ("2014", "Wrong PIN"),
    ("2015", "Wrong PIN count exceeded"),
    ("2018", "OTP verification time expired"),
    ("2019", "PIN verification time expired"),
    ("2020", "Exception Occurred"),
    ("2023", "Insufficient Balance"),
    ("2024", "Exception Occurred"),
    ("2025", "Invalid request body"),
    ("2029", "Duplicate for All Transactions"),
    ("2031", "Invalid Merchant Invoice Number"),
    ("2033", "The transaction cannot be found"),
    ("2034", "The transaction cannot be reversed because the original transaction has been reversed"),
    ("2037", "The account of the debit party is in a state which prohibits execution of this transaction"),
    ("2048", "Invalid Payer Reference"),
    ("2049", "Invalid Merchant Callback URL"),
    ("2051", "Invalid Agreement ID"),
    ("2052", "Agreement is in incomplete state"),
    ("2053", "Agreement has already been cancelled"),
    ("2056", "Invalid Payment State"),
    ("2057", "Not a bKash Account"),
    ("2058", "Not a Customer Wallet"),
    ("2062", "The payment has already been completed"),
    ("2063", "Mode is not valid as per request data"),
    ("2065", "Mandatory field missing"),
    ("2067", "Invalid permission"),
    ("2068", "Transaction has already been completed"),
    ("2069", "Transaction has already been cancelled"),
    ("2071", "The transaction is too old to be refunded"),
    ("2072", "Invalid refund amount"),
    ("2073", "SKU is missing"),
    ("2074", "The transaction cannot be reversed"),
    ("2075", "SKU is too long"),
    ("2076", "Reason is too long"),
    ("2077", "Invalid trxID"),
    ("2078", "Invalid reason"),
    ("2079", "Invalid app token"),
    ("2080", "The refund is not permitted"),
    ("2116", "The agreement execution has already been completed"),
    ("2117", "The payment execution has already been completed"),
    ("2119", "The authorized payment has already been processed"),
    ("2127", "The payment has not been completed"),
];

pub fn message(code: &str) -> &'static str {
    CODES.iter().find(|(known, _)| *known == code).map_or("Error", |(_, message)| message)
}

#[cfg(test)]
mod tests {
    #[test]
    fn codes_stand_in_order_and_once() {
        let numbers: Vec<u32> = super::CODES.iter().map(|(code, _)| code.parse().unwrap()).collect();
        assert!(numbers.is_sorted_by(|one, next| one < next));
    }
}
