//! Collects the problems of a request while a row is made of its values, so that all are reported at once.
//!
//! A builder has `title: found.checked(rules::title(…))` where it would otherwise have `title: rules::title(…)?`. So
//! each rule is named once, at the value that it checks.
//!
//! Errors beyond what an answer tells are dropped: a list may have more wrong entries than there is room for.

use super::MOST_TOLD;

/// Errors of one request, in the order of its values. One more than are told is kept, so that an answer can say that
/// there are more.
#[derive(Debug)]
pub struct Gathered<E>(Vec<E>);

impl<E> Default for Gathered<E> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<E> Gathered<E> {
    pub fn add(&mut self, error: impl Into<E>) {
        if self.0.len() <= MOST_TOLD {
            self.0.push(error.into());
        }
    }

    /// The value, or `None` if it is wrong: its error is kept.
    pub fn sound<T>(&mut self, checked: Result<T, impl Into<E>>) -> Option<T> {
        checked.map_err(|error| self.add(error)).ok()
    }

    /// The value. If it is wrong, its error is kept and the default stands in: [`Self::done`] refuses the row.
    pub fn checked<T: Default>(&mut self, checked: Result<T, impl Into<E>>) -> T {
        self.sound(checked).unwrap_or_default()
    }

    /// What was made of the values if none of them was wrong. One error stays as it is, `several` wraps more.
    pub fn done<T>(mut self, made: T, several: impl FnOnce(Vec<E>) -> E) -> Result<T, E> {
        match self.0.pop() {
            None => Ok(made),
            Some(only) if self.0.is_empty() => Err(only),
            Some(last) => {
                self.0.push(last);
                Err(several(self.0))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_error_stays_itself_and_more_are_told_together_in_their_order() {
        let made = |values: &[Result<u8, u8>]| {
            let mut found = Gathered::default();
            let sum: u8 = values.iter().map(|value| found.checked(*value)).sum();
            found.done(sum, |errors| errors.iter().fold(0, |all, error| all * 10 + error))
        };
        assert_eq!(made(&[Ok(1), Ok(2)]), Ok(3));
        assert_eq!(made(&[Ok(1), Err(4)]), Err(4));
        assert_eq!(made(&[Err(4), Ok(1), Err(2), Err(1)]), Err(421));
    }

    #[test]
    fn one_error_more_than_are_told_is_kept() {
        let mut found = Gathered::<u32>::default();
        (0..100_000u32).for_each(|error| found.add(error));
        let kept = found.done((), |errors| u32::try_from(errors.len()).unwrap());
        assert_eq!(kept, Err(101));
    }
}
