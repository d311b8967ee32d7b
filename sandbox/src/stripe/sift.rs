//! Holds a request against what Stripe knows of its operation. What is unknown, of another type, missing in
//! its object, or not simulated is refused before anything has happened; what makes no difference here is
//! taken out, so that an endpoint finds the parameters that it carries out, and those that its object shows.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::catalogue::{Fate, Field, Kind, Shape, Word};
use super::params::{Node, Params, in_order};
use super::refusal::Refusal;

impl Params {
    /// `earlier` is a request by an API version before the announced one.
    ///
    /// # Errors
    /// When Stripe, or the sandbox, would not take the parameters.
    pub fn sift(&mut self, known: &[Field], earlier: bool) -> Result<(), Refusal> {
        self.shown = Sieve { earlier }.fields(&mut self.fields, known, "")?;
        Ok(())
    }
}

#[derive(Debug, Clone, Copy)]
struct Sieve {
    earlier: bool,
}

fn below(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}[{name}]") }
}

impl Sieve {
    /// Leaves what endpoints read; what their objects show.
    fn fields(
        self,
        given: &mut BTreeMap<String, Node>,
        known: &[Field],
        path: &str,
    ) -> Result<Map<String, Value>, Refusal> {
        let mut shown = Map::new();
        let names: Vec<String> = given.keys().cloned().collect();
        for name in names {
            let place = below(path, &name);
            let field = self.find(known, &name).ok_or_else(|| Refusal::parameter_unknown(&place))?;
            let Some(node) = given.get_mut(&name) else { continue };
            match field.fate {
                Fate::Refused => return Err(Refusal::not_simulated(&place, &place)),
                Fate::Carried => {
                    if let Some(inner) = self.carried(node, &field.shape, &place)? {
                        shown.insert(name, Value::Object(inner));
                    }
                }
                Fate::Taken => {
                    self.value(node, &field.shape, &place)?;
                    given.remove(&name);
                }
                Fate::Shown => {
                    shown.insert(name.clone(), self.value(node, &field.shape, &place)?);
                    given.remove(&name);
                }
            }
        }
        self.none_missing(known, |name| given.contains_key(name), path)?;
        Ok(shown)
    }

    fn find<'a>(self, known: &'a [Field], name: &str) -> Option<&'a Field> {
        known.iter().find(|field| field.name == name && (self.earlier || !field.earlier))
    }

    /// Required fields are carried out, or within what is taken as a whole.
    fn none_missing(self, known: &[Field], given: impl Fn(&str) -> bool, path: &str) -> Result<(), Refusal> {
        match known.iter().find(|field| field.required && !given(&field.name)) {
            Some(field) => Err(Refusal::parameter_missing(&below(path, &field.name))),
            None => Ok(()),
        }
    }

    /// Sifts within an object or a list of objects; anything else is only checked.
    fn carried(
        self,
        node: &mut Node,
        shape: &Shape,
        place: &str,
    ) -> Result<Option<Map<String, Value>>, Refusal> {
        match (&shape.kind, node) {
            (Kind::Object { fields, .. }, Node::Tree(children)) => {
                let shown = self.fields(children, fields, place)?;
                Ok(Some(shown).filter(|shown| !shown.is_empty()))
            }
            (Kind::List(items), Node::Tree(children)) => {
                are_indexes(children, place)?;
                for (index, item) in children {
                    self.carried(item, items, &below(place, index))?;
                }
                Ok(None)
            }
            (_, node) => self.value(node, shape, place).map(|_| None),
        }
    }

    /// The value, if it is of that type.
    fn value(self, node: &Node, shape: &Shape, place: &str) -> Result<Value, Refusal> {
        match (&shape.kind, node) {
            (Kind::Metadata | Kind::Time, _) => self.loose(node, place),
            (Kind::Object { fields, .. }, Node::Leaf(text)) if text.is_empty() && fields.is_empty() => {
                Ok(Value::Null)
            }
            (_, Node::Leaf(text)) if text.is_empty() && shape.clearable => Ok(Value::Null),
            (_, Node::Leaf(text)) if text.is_empty() => Err(Refusal::parameter_empty(place)),
            (Kind::Object { fields, filled }, Node::Tree(children)) => {
                self.object(children, fields, *filled, place)
            }
            (Kind::Object { .. }, Node::Leaf(_)) => Err(Refusal::invalid(place, "Invalid object")),
            (Kind::List(items), Node::Tree(children)) => {
                are_indexes(children, place)?;
                let children = in_order(children.clone()).into_iter();
                children.map(|(index, item)| self.value(&item, items, &below(place, &index))).collect()
            }
            (Kind::List(_), Node::Leaf(_)) => Err(Refusal::invalid(place, "Invalid array")),
            (_, Node::Tree(_)) => {
                let message = format!("Invalid string for {place}: it must not be an object");
                Err(Refusal::invalid(place, message))
            }
            (kind, Node::Leaf(text)) => self.plain(text, kind, place),
        }
    }

    /// Metadata of what is not here, or times, which their endpoints read.
    fn loose(self, node: &Node, place: &str) -> Result<Value, Refusal> {
        let Node::Tree(children) = node else { return Ok(Value::Null) };
        match children.iter().find(|(_, child)| matches!(child, Node::Tree(_))) {
            Some((name, _)) => Err(Refusal::invalid(&below(place, name), "Invalid string")),
            None => Ok(Value::Null),
        }
    }

    fn object(
        self,
        children: &BTreeMap<String, Node>,
        known: &[Field],
        filled: bool,
        place: &str,
    ) -> Result<Value, Refusal> {
        let mut object = Map::new();
        for (name, node) in children {
            let place = below(place, name);
            let field = self.find(known, name).ok_or_else(|| Refusal::parameter_unknown(&place))?;
            if field.fate == Fate::Refused {
                return Err(Refusal::not_simulated(&place, &place));
            }
            object.insert(name.clone(), self.value(node, &field.shape, &place)?);
        }
        self.none_missing(known, |name| children.contains_key(name), place)?;
        if filled {
            for field in known {
                object.entry(field.name.clone()).or_insert(Value::Null);
            }
        }
        Ok(Value::Object(object))
    }

    fn plain(self, text: &str, kind: &Kind, place: &str) -> Result<Value, Refusal> {
        match kind {
            Kind::Integer => {
                let number: Result<i64, _> = text.parse();
                let code = "parameter_invalid_integer";
                number
                    .map(Value::from)
                    .map_err(|_| Refusal::coded(code, place, format!("Invalid integer: {text}")))
            }
            Kind::Decimal if is_decimal(text) => Ok(text.into()),
            Kind::Decimal => Err(Refusal::invalid(place, format!("Invalid decimal: {text}"))),
            Kind::Flag { refused } => {
                let flag: Result<bool, _> = text.parse();
                let flag = flag.map_err(|_| Refusal::invalid(place, format!("Invalid boolean: {text}")))?;
                if *refused == Some(flag) {
                    return Err(Refusal::not_simulated(place, &format!("{place}={flag}")));
                }
                Ok(flag.into())
            }
            Kind::Choice(words) => self.chosen(text, words, place),
            Kind::Text | Kind::Metadata | Kind::Time | Kind::List(_) | Kind::Object { .. } => Ok(text.into()),
        }
    }

    fn chosen(self, text: &str, words: &[Word], place: &str) -> Result<Value, Refusal> {
        let word = words.iter().find(|word| word.text == text && (self.earlier || !word.earlier));
        match word {
            Some(word) if word.refused => Err(Refusal::not_simulated(place, &format!("{place}={text}"))),
            Some(_) => Ok(text.into()),
            None => {
                let words = words.iter().filter(|word| self.earlier || !word.earlier);
                let words: Vec<&str> = words.map(|word| word.text.as_str()).collect();
                let message = format!("Invalid {place}: must be one of {}", words.join(", "));
                Err(Refusal::invalid(place, message))
            }
        }
    }
}

fn are_indexes(children: &BTreeMap<String, Node>, place: &str) -> Result<(), Refusal> {
    if children.keys().all(|index| index.parse::<u32>().is_ok()) {
        Ok(())
    } else {
        Err(Refusal::invalid(place, "Invalid array"))
    }
}

/// At most twelve places, as Stripe has it.
pub fn is_decimal(text: &str) -> bool {
    let (whole, places) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits(whole.strip_prefix('-').unwrap_or(whole)) && digits(places) && places.len() <= 12
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::form;
    use crate::stripe::catalogue::parameters;
    use crate::stripe::params::Params;
    use crate::stripe::refusal::Refusal;

    fn sifted(text: &str, earlier: bool) -> Result<Params, Refusal> {
        let mut params = Params::parse(&form::pairs(text.as_bytes())).unwrap();
        params.sift(parameters("POST", &["v1", "checkout", "sessions"]).unwrap(), earlier)?;
        Ok(params)
    }

    #[test]
    fn what_makes_no_difference_is_taken_and_what_is_shown_is_kept() {
        let text = "mode=payment&locale=de&wallet_options[link][display]=never&consent_collection[promotions]=auto\
                    &payment_intent_data[receipt_email]=a@b.example&payment_intent_data[description]=d";
        let mut params = sifted(text, false).unwrap();
        let shown = json!({
            "locale": "de",
            "consent_collection":
                {"payment_method_reuse_agreement": null, "promotions": "auto", "terms_of_service": null},
            "payment_intent_data": {"receipt_email": "a@b.example"},
        });
        assert_eq!(json!(params.shown), shown);
        assert_eq!(params.text("mode").unwrap().as_deref(), Some("payment"));
        let mut data = params.object("payment_intent_data").unwrap().unwrap();
        assert_eq!(data.text("description").unwrap().as_deref(), Some("d"));
        data.finish().and_then(|()| params.finish()).unwrap();
    }

    #[test]
    fn what_stripe_would_not_take_names_its_place() {
        for (text, param, code) in [
            ("line_items[0][colour]=red", "line_items[0][colour]", Some("parameter_unknown")),
            ("line_items[0][quantity]=two", "line_items[0][quantity]", Some("parameter_invalid_integer")),
            ("line_items[a][quantity]=2", "line_items", None),
            (
                "automatic_tax[liability][account]=a",
                "automatic_tax[liability][type]",
                Some("parameter_missing"),
            ),
            ("phone_number_collection[enabled]=yes", "phone_number_collection[enabled]", None),
            ("submit_type=steal", "submit_type", None),
            ("locale=", "locale", Some("parameter_invalid_empty")),
            ("customer_update=x", "customer_update", None),
            ("payment_method_types[0]=card", "payment_method_types", Some("parameter_unknown")),
        ] {
            let refusal = sifted(text, false).unwrap_err();
            assert_eq!(
                (refusal.param.as_deref(), refusal.code),
                (Some(param), code),
                "{text}: {}",
                refusal.message
            );
        }
        assert!(sifted("payment_method_types[0]=card&ui_mode=hosted", true).is_ok());
    }

    #[test]
    fn what_would_change_the_outcome_is_refused_in_clear_words() {
        for text in [
            "mode=subscription",
            "automatic_tax[enabled]=true",
            "line_items[0][tax_rates][0]=txr_1",
            "payment_method_options[card][capture_method]=manual",
        ] {
            let refusal = sifted(text, false).unwrap_err();
            assert!(refusal.message.contains("does not simulate"), "{text}: {}", refusal.message);
        }
        assert!(sifted("automatic_tax[enabled]=false", false).is_ok());
    }
}
