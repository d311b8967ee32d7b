//! A file is read as an editor shows it, and every wrong cell of it is named.

use super::draft::{ProductDraft, read};
use super::*;
use crate::catalog::{Options, ProductStatus};

const GARDEN: &str = include_str!("fixtures/garden.csv");
const WRONG: &str = include_str!("fixtures/wrong.csv");

fn usd() -> Currency {
    "USD".parse().unwrap()
}

fn drafts(file: &str) -> Vec<ProductDraft> {
    match read(file.as_bytes(), usd()) {
        Ok((_, drafts)) => drafts,
        Err(wrong) => panic!("{wrong:#?}"),
    }
}

fn complaints(file: &[u8]) -> Vec<String> {
    let wrong = read(file, usd()).err().unwrap_or_default();
    wrong
        .into_iter()
        .map(|error| match error.column {
            Some(column) => format!("{} {column}: {}", error.line, error.message),
            None => format!("{}: {}", error.line, error.message),
        })
        .collect()
}

#[test]
fn rows_of_one_handle_are_one_product() {
    let drafts = drafts(GARDEN);
    let handles: Vec<&str> = drafts.iter().map(|draft| draft.handle.as_str()).collect();
    assert_eq!(handles, ["clay-pot", "brass-lamp", "seed-box"]);
    let pot = &drafts[0];
    assert_eq!(pot.tags, ["pot", "clay"]);
    assert_eq!(pot.description, "<p>Thrown by hand,\nbaked in a wood fire.</p>");
    let skus: Vec<_> = pot.variants.iter().map(|variant| variant.sku.as_deref().unwrap_or("-")).collect();
    assert_eq!(skus, ["POT-S", "POT-L", "-"]);
    let red = Options::from([("Size".into(), "Small".into()), ("Glaze".into(), "Red".into())]);
    assert_eq!(pot.variants[0].options, red);
    assert_eq!(pot.variants[0].title, "Red / Small");
    let images: Vec<_> = pot.images.iter().map(|image| (image.position, image.url.as_str())).collect();
    assert_eq!(
        images,
        [
            (1, "https://img.example.com/pot-1.jpg"),
            (3, "https://img.example.com/pot-3.jpg"),
            (4, "https://img.example.com/pot-large.jpg"),
        ]
    );
    assert_eq!(pot.images[0].alt.as_deref(), Some("A clay pot"));
}

#[test]
fn a_product_without_options_has_one_default_variant() {
    let drafts = drafts(GARDEN);
    let lamp = &drafts[1];
    assert_eq!(lamp.wanted, ProductStatus::Draft);
    assert_eq!(lamp.variants.len(), 1);
    assert_eq!(lamp.variants[0].title, "Default Title");
    assert_eq!(lamp.variants[0].options, Options::new());
    assert_eq!(lamp.variants[0].weight_grams, Some(454));
    assert_eq!(lamp.variants[0].quantity, None);
    assert_eq!(lamp.variants[0].compare_at, None);
    assert_eq!(lamp.variants[0].barcode.as_deref(), Some("0012345678905"));
}

#[test]
fn every_wrong_cell_is_named_by_the_line_an_editor_shows() {
    let expected = [
        "2 Variant Price: “9.999”: the amount has more decimals than USD allows",
        "4 Variant Inventory Qty: “-3” is negative",
        "5 Variant SKU: line 2 has the SKU POT-S already",
        "6 Variant Price: “12,50” is not a price, as 9.99",
        "6 Option1 Value: line 4 has the same options",
        "7 Title: title must not be empty",
        "7 Handle: a handle has letters, digits, hyphens and underscores, 255 at the most",
        "8 Published: “maybe” is neither true nor false",
        "8 Variant Price: “” is not a price, as 9.99",
        "9 Variant Price: the row has neither a variant nor an image",
        "10 Image Src: an image is named by an http or https URL of 2000 characters at the most",
    ];
    let mut found = complaints(WRONG.as_bytes());
    let mut expected = expected.map(str::to_owned).to_vec();
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
    // Windows line ends and a byte order mark change no line number.
    let windows = format!("\u{feff}{}", WRONG.replace('\n', "\r\n"));
    let mut found = complaints(windows.as_bytes());
    found.sort();
    assert_eq!(found, expected);
}

#[test]
fn a_file_that_is_not_shopifys_is_told_apart_at_its_header() {
    let missing = ["1: the column Handle is missing", "1: the column Variant Price is missing"];
    assert_eq!(complaints(b"Title,Cost\nPot,9\n"), missing);
    assert_eq!(complaints(b""), ["1: the file is empty"]);
    assert!(
        complaints(b"Handle;Title;Variant Price\n")
            .contains(&"1: columns must be separated by commas".into())
    );
    let twice = complaints(b"Handle,Title,Variant Price,Price\n");
    assert_eq!(twice, ["1: the column Variant Price is there twice"]);
}

#[test]
fn bytes_that_are_no_text_and_quotes_that_never_close_are_refused() {
    let latin = complaints(b"Handle,Title,Variant Price\npot,Caf\xe9,9\n");
    assert_eq!(latin, ["2 Title: is not UTF-8 text"]);
    let open = complaints(b"Handle,Title,Variant Price\npot,\"Pot,9\nlamp,Lamp,9\n");
    assert_eq!(open, ["2: a quotation mark is opened here and never closed"]);
    let wide = complaints(b"Handle,Title,Variant Price\npot,Pot,9,extra\n");
    assert_eq!(wide, ["2: the row has more cells than the header"]);
    let nul = complaints(b"Handle,Title,Variant Price\npot,P\0t,9\n");
    assert_eq!(nul, ["2 Title: title must not contain control characters"]);
}

#[test]
fn rows_are_counted_and_bounded() {
    let mut file = String::from("Handle,Title,Variant Price\n");
    for row in 0..=MOST_ROWS {
        file.push_str(&format!("p{row},P,1\n"));
    }
    assert_eq!(complaints(file.as_bytes()), ["50002: a file has 50000 rows at the most"]);
}

#[test]
fn variants_and_images_of_one_product_are_bounded() {
    let mut file = String::from("Handle,Title,Option1 Name,Option1 Value,Variant Price,Image Src\n");
    for row in 0..=MOST_VARIANTS {
        let image =
            if row <= MOST_IMAGES { format!("https://img.example.com/{row}.jpg") } else { String::new() };
        file.push_str(&format!("pot,Pot,Size,{row},1,{image}\n"));
    }
    let expected = [
        "252 Image Src: a product has 250 images at the most",
        "2050 Handle: a product has 2048 variants at the most",
    ];
    assert_eq!(complaints(file.as_bytes()), expected);
}

#[test]
fn what_a_later_change_would_refuse_is_refused_here() {
    let file = b"Handle,Title,Variant Price,Variant Compare At Price,Image Src,Image Position\n\
        pot,Pot,1,2000000000,https://img.example.com/1.jpg,2147483647\n";
    let expected = [
        "2 Variant Compare At Price: compare_at: the amount is out of range",
        "2 Image Position: position lies within 0 and 1000000",
    ];
    assert_eq!(complaints(file), expected);
}
