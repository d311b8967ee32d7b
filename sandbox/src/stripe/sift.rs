//! Holds a request against what Stripe knows of its operation. What is unknown, of another type, missing in
//! its object, or not simulated is refused before anything has happened; what makes no difference here is
//! taken out, so that an endpoint finds the parameters that it carries out, and those that its object shows.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Map, Value};

use super::catalogue::{Fate, Field, Kind, Shape};
use super::params::{Node, Params, in_order};
use super::refusal::Refusal;

impl Params {
    /// `earlier` is a request by an API version before the announced one.
    ///
    /// # Errors
    /// When Stripe, or the sandbox, would not take the parameters.
    pub fn sift(&mut self, known: &'static [Field], earlier: bool) -> Result<(), Refusal> {
        self.shown = Sieve { earlier }.fields(&mut self.fields, known, Place::Top)?;
        Ok(())
    }
}

#[derive(Debug, Clone, Copy)]
struct Sieve {
    earlier: bool,
}

/// Where a value is in the request, as refusals name it: `line_items[0][quantity]`.
#[derive(Clone, Copy)]
enum Place<'a> {
    Top,
    In(&'a Place<'a>, &'a str),
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Top => Ok(()),
            Self::In(Self::Top, name) => out.write_str(name),
            Self::In(outer, name) => write!(out, "{outer}[{name}]"),
        }
    }
}

impl Sieve {
    /// Leaves what endpoints read; what their objects show.
    fn fields(
        self,
        given: &mut BTreeMap<String, Node>,
        known: &'static [Field],
        outer: Place<'_>,
    ) -> Result<Map<String, Value>, Refusal> {
        let mut shown = Map::new();
        for (name, mut node) in std::mem::take(given) {
            let place = Place::In(&outer, &name);
            let field = self.find(known, &name, place)?;
            match field.fate {
                // `find` has answered a refused one.
                Fate::Refused | Fate::Taken => {
                    self.value(node, &field.shape, place)?;
                }
                Fate::Shown => {
                    let value = self.value(node, &field.shape, place)?;
                    shown.insert(name, value);
                }
                Fate::Carried => {
                    let inner = self.carried(&mut node, &field.shape, place)?;
                    if !inner.is_empty() {
                        shown.insert(name.clone(), Value::Object(inner));
                    }
                    given.insert(name, node);
                }
            }
        }
        // Required fields are carried out, or within what is taken as a whole.
        self.none_missing(known, |name| given.contains_key(name), outer)?;
        Ok(shown)
    }

    fn find<'a>(self, known: &'a [Field], name: &str, place: Place<'_>) -> Result<&'a Field, Refusal> {
        let field = known.iter().find(|field| field.name == name && (self.earlier || !field.earlier));
        match field {
            None => Err(Refusal::parameter_unknown(&place.to_string())),
            Some(field) if field.fate == Fate::Refused => {
                let place = place.to_string();
                Err(Refusal::not_simulated(&place, &place))
            }
            Some(field) => Ok(field),
        }
    }

    fn none_missing(
        self,
        known: &[Field],
        given: impl Fn(&str) -> bool,
        outer: Place<'_>,
    ) -> Result<(), Refusal> {
        match known.iter().find(|field| field.required && !given(&field.name)) {
            Some(field) => Err(Refusal::parameter_missing(&Place::In(&outer, &field.name).to_string())),
            None => Ok(()),
        }
    }

    /// Sifts within an object or a list of objects; anything else is only checked. What is shown of an object.
    fn carried(
        self,
        node: &mut Node,
        shape: &'static Shape,
        place: Place<'_>,
    ) -> Result<Map<String, Value>, Refusal> {
        self.check(node, shape, place)?;
        match (&shape.kind, node) {
            (Kind::Object { fields, .. }, Node::Tree(children)) => {
                return self.fields(children, fields, place);
            }
            (Kind::List(items), Node::Tree(children)) => {
                for (index, item) in children {
                    self.carried(item, items, Place::In(&place, index))?;
                }
            }
            (Kind::Choice(words), Node::Leaf(text)) => {
                if let Some(word) = words.iter().find(|word| word.text == *text) {
                    *text = Cow::Borrowed(&word.text);
                }
            }
            _ => {}
        }
        Ok(Map::new())
    }

    /// What an object shows of the value, if that is of its type.
    fn value(self, node: Node, shape: &Shape, place: Place<'_>) -> Result<Value, Refusal> {
        self.check(&node, shape, place)?;
        match (&shape.kind, node) {
            (Kind::Object { fields, filled }, Node::Tree(children)) => {
                self.object(children, fields, *filled, place)
            }
            (Kind::List(items), Node::Tree(children)) => {
                let children = in_order(children).into_iter();
                children.map(|(index, item)| self.value(item, items, Place::In(&place, &index))).collect()
            }
            // Metadata of what is not here, and times, are shown by nothing.
            (_, Node::Tree(_)) => Ok(Value::Null),
            (_, Node::Leaf(text)) if text.is_empty() => Ok(Value::Null),
            (Kind::Integer, Node::Leaf(text)) => Ok(text.parse::<i64>().ok().into()),
            (Kind::Flag { .. }, Node::Leaf(text)) => Ok((text == "true").into()),
            (_, Node::Leaf(text)) => Ok(text.into_owned().into()),
        }
    }

    fn object(
        self,
        children: BTreeMap<String, Node>,
        known: &[Field],
        filled: bool,
        outer: Place<'_>,
    ) -> Result<Value, Refusal> {
        let mut object = Map::new();
        for (name, node) in children {
            let place = Place::In(&outer, &name);
            let field = self.find(known, &name, place)?;
            let value = self.value(node, &field.shape, place)?;
            object.insert(name, value);
        }
        self.none_missing(known, |name| object.contains_key(name), outer)?;
        if filled {
            for field in known {
                object.entry(field.name.clone()).or_insert(Value::Null);
            }
        }
        Ok(Value::Object(object))
    }

    /// Whether the value is of that type, without a look into objects and lists.
    fn check(self, node: &Node, shape: &Shape, place: Place<'_>) -> Result<(), Refusal> {
        match (&shape.kind, node) {
            // Their endpoints read them.
            (Kind::Metadata | Kind::Time, Node::Leaf(_)) => Ok(()),
            (Kind::Metadata | Kind::Time, Node::Tree(children)) => {
                match children.iter().find(|(_, child)| matches!(child, Node::Tree(_))) {
                    Some((name, _)) => {
                        Err(Refusal::invalid(&Place::In(&place, name).to_string(), "Invalid string"))
                    }
                    None => Ok(()),
                }
            }
            (Kind::Object { .. }, Node::Tree(_)) => Ok(()),
            (Kind::List(_), Node::Tree(children)) => {
                let indexes = children.keys().all(|index| index.parse::<u32>().is_ok());
                if indexes { Ok(()) } else { Err(Refusal::invalid(&place.to_string(), "Invalid array")) }
            }
            (_, Node::Tree(_)) => {
                let message = format!("Invalid string for {place}: it must not be an object");
                Err(Refusal::invalid(&place.to_string(), message))
            }
            (kind, Node::Leaf(text)) if text.is_empty() => {
                let is_empty_object = matches!(kind, Kind::Object { fields, .. } if fields.is_empty());
                if shape.clearable || is_empty_object {
                    Ok(())
                } else {
                    Err(Refusal::parameter_empty(&place.to_string()))
                }
            }
            (kind, Node::Leaf(text)) => self.check_text(text, kind, place),
        }
    }

    fn check_text(self, text: &str, kind: &Kind, place: Place<'_>) -> Result<(), Refusal> {
        let invalid = |message: String| Err(Refusal::invalid(&place.to_string(), message));
        let limit = |what: String| Err(Refusal::not_simulated(&place.to_string(), &what));
        match kind {
            Kind::Object { .. } => invalid("Invalid object".to_owned()),
            Kind::List(_) => invalid("Invalid array".to_owned()),
            Kind::Integer if text.parse::<i64>().is_err() => {
                Err(Refusal::not_an_integer(&place.to_string(), text))
            }
            Kind::Decimal if !is_decimal(text) => invalid(format!("Invalid decimal: {text}")),
            Kind::Flag { refused } => match text.parse::<bool>() {
                Err(_) => invalid(format!("Invalid boolean: {text}")),
                Ok(flag) if *refused == Some(flag) => limit(format!("{place}={flag}")),
                Ok(_) => Ok(()),
            },
            Kind::Choice(words) => {
                let known = || words.iter().filter(|word| self.earlier || !word.earlier);
                match known().find(|word| word.text == text) {
                    Some(word) if word.refused => limit(format!("{place}={text}")),
                    Some(_) => Ok(()),
                    None => {
                        let known: Vec<&str> = known().map(|word| word.text.as_str()).collect();
                        invalid(format!("Invalid {place}: must be one of {}", known.join(", ")))
                    }
                }
            }
            Kind::Text | Kind::Integer | Kind::Decimal | Kind::Metadata | Kind::Time => Ok(()),
        }
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
        assert_eq!(params.word("mode"), Some("payment"));
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
            (
                "line_items[0][dynamic_tax_rates][0]=txr_1",
                "line_items[0][dynamic_tax_rates]",
                Some("parameter_unknown"),
            ),
            (
                "payment_intent_data[shipping][name]=A&payment_intent_data[shipping][address][city]=Dhaka",
                "payment_intent_data[shipping][address][line1]",
                Some("parameter_missing"),
            ),
            (
                "saved_payment_method_options[allow_redisplay_filters][0]=often",
                "saved_payment_method_options[allow_redisplay_filters][0]",
                None,
            ),
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
