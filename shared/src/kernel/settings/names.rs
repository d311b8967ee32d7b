//! Finds variables that look like settings but are not: a misspelt name must not silently leave a gateway off.

use super::DOCUMENTED;

/// Read by a command, by the compose file or by the tests, and not by [`super::Settings`].
const OTHERS: [&str; 3] = ["HAAT_ADMIN_PASSWORD", "HAAT_API_PORT", "HAAT_SANDBOX_PORT"];
/// Settings of the sandbox, which may be in the same `.env`, and of the tests.
const OTHER_PREFIXES: [&str; 2] = ["HAAT_SANDBOX_", "HAAT_TEST_"];
/// Names that differ in more letters are different words.
const MOST_TYPOS: usize = 3;

/// One line for each of `names` that begins with `HAAT_` and is not a setting.
pub(super) fn unknown(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut unknown: Vec<String> = names.filter(|name| name.starts_with("HAAT_") && !is_read(name)).collect();
    unknown.sort();
    unknown.iter().map(|name| problem(name)).collect()
}

fn is_read(name: &str) -> bool {
    DOCUMENTED.iter().any(|setting| setting.name == name)
        || OTHERS.contains(&name)
        || OTHER_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

fn problem(name: &str) -> String {
    let distances = DOCUMENTED.iter().map(|setting| (strsim::levenshtein(name, setting.name), setting.name));
    match distances.min() {
        Some((typos, near)) if typos <= MOST_TYPOS => format!("{name} is no setting; {near} is one"),
        _ => format!("{name} is no setting; `haat-api settings` lists them"),
    }
}

#[cfg(test)]
mod tests {
    use super::unknown;

    #[test]
    fn a_misspelt_name_is_told_with_the_setting_that_was_meant() {
        let names = ["HAAT_STRIPE_SECRET_KY", "HAAT_COMISSION_RATE", "HAAT_WEATHER_FORECAST", "PATH"];
        assert_eq!(
            unknown(names.iter().map(|name| (*name).to_owned())),
            [
                "HAAT_COMISSION_RATE is no setting; HAAT_COMMISSION_RATE is one",
                "HAAT_STRIPE_SECRET_KY is no setting; HAAT_STRIPE_SECRET_KEY is one",
                "HAAT_WEATHER_FORECAST is no setting; `haat-api settings` lists them",
            ]
        );
    }

    #[test]
    fn names_that_others_read_are_left_alone() {
        let names =
            ["HAAT_ENV", "HAAT_SANDBOX_KEEP", "HAAT_ADMIN_PASSWORD", "HAAT_TEST_SEED", "HAAT_API_PORT"];
        assert_eq!(unknown(names.iter().map(|name| (*name).to_owned())), Vec::<String>::new());
    }
}
