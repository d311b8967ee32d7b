//! Prints what happened to an order in two lines, with times and the distance from the first step.

use serde_json::Value;

const DAY_SECONDS: f64 = 86_400.0;

/// Two lines: which order, and its steps.
pub fn print(order: &Value) {
    let text = |pointer| order.pointer(pointer).and_then(Value::as_str).unwrap_or("?");
    let steps = order["history"].as_array().map(Vec::as_slice).unwrap_or_default();
    let first = steps.first().and_then(|step| step["at"].as_str()).unwrap_or_default();
    let (number, gateway) = (text("/number"), text("/payment_method"));
    println!(
        "\n  {number}  {gateway:<9} {:>12} {}   {first}",
        text("/total/amount"),
        text("/total/currency")
    );
    let told = steps.iter().map(|step| {
        let at = step["at"].as_str().unwrap_or_default();
        format!("{} {}", step["status"].as_str().unwrap_or("?"), distance(first, at))
    });
    println!("    {}", told.collect::<Vec<_>>().join(" → "));
}

/// "+1.250 s" between two RFC 3339 times of the same zone, less than a day apart.
fn distance(first: &str, at: &str) -> String {
    match (second_of_day(first), second_of_day(at)) {
        (Some(first), Some(at)) => format!("+{:.3} s", (at - first).rem_euclid(DAY_SECONDS)),
        _ => String::new(),
    }
}

fn second_of_day(at: &str) -> Option<f64> {
    let (_, time) = at.split_once('T')?;
    let mut parts = time.trim_end_matches('Z').split('+').next()?.split(':');
    let (hours, minutes, seconds) = (parts.next()?, parts.next()?, parts.next()?);
    let whole = hours.parse::<f64>().ok()? * 3600.0 + minutes.parse::<f64>().ok()? * 60.0;
    Some(whole + seconds.parse::<f64>().ok()?)
}

#[cfg(test)]
mod tests {
    use super::distance;

    #[test]
    fn distances_cross_midnight() {
        assert_eq!(distance("2026-11-20T10:00:00Z", "2026-11-20T10:00:01.250Z"), "+1.250 s");
        assert_eq!(distance("2026-11-20T23:59:59.5Z", "2026-11-21T00:00:01.0+00:00"), "+1.500 s");
        assert_eq!(distance("", "x"), "");
    }
}
