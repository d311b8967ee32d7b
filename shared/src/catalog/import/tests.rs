//! A file is read as an editor shows it, and every wrong cell of it is named.

use std::collections::HashSet;

use super::draft::{Drafts, ProductDraft, VariantDraft};
use super::*;
use crate::catalog::{MOST_IMAGES, MOST_VARIANTS, Options, ProductStatus};
use crate::kernel::ids::ProductId;

const GARDEN: &str = include_str!("fixtures/garden.csv");
const WRONG: &str = include_str!("fixtures/wrong.csv");

fn usd() -> Currency {
    "USD".parse().unwrap()
}

fn read(file: &[u8]) -> Result<Drafts, Vec<LineError>> {
    draft::read(file, usd(), &AtomicBool::new(false))
}

fn drafts(file: &str) -> Vec<ProductDraft> {
    match read(file.as_bytes()) {
        Ok(drafts) => drafts.products,
        Err(wrong) => panic!("{wrong:#?}"),
    }
}

/// The variants of a file of one product.
fn variants(file: &str) -> Vec<VariantDraft> {
    drafts(file).pop().unwrap().variants
}

/// First line, column and number of rows of each notice.
fn told(file: &str) -> Vec<(u64, &'static str, usize)> {
    let Ok(drafts) = read(file.as_bytes()) else {
        panic!("the file is refused: {:?}", complaints(file.as_bytes()))
    };
    drafts.notices.listed().into_iter().map(|notice| (notice.line, notice.column, notice.rows)).collect()
}

fn complaints(file: &[u8]) -> Vec<String> {
    let wrong = read(file).err().unwrap_or_default();
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
    assert_eq!(pot.tags.as_deref(), Some(["pot".to_owned(), "clay".to_owned()].as_slice()));
    assert_eq!(pot.description.as_deref(), Some("<p>Thrown by hand,\nbaked in a wood fire.</p>"));
    assert_eq!(pot.option_names(), ["Size", "Glaze"]);
    let skus: Vec<_> = pot.variants.iter().map(|variant| variant.sku.as_deref().unwrap_or("-")).collect();
    assert_eq!(skus, ["POT-S", "POT-L", "-"]);
    let red = Options::from([("Size", "Small"), ("Glaze", "Red")]);
    assert_eq!(pot.variants[0].options, Some(red));
    let large = "https://img.example.com/pot-large.jpg".to_owned();
    assert_eq!(pot.variants[0].image, Some(None));
    assert_eq!(pot.variants[1].image, Some(Some(large)));
    let written = pot.gallery.change(ProductId::new(), &[], &HashSet::new()).written;
    let images: Vec<_> = written.iter().map(|image| (image.position, image.url.as_str())).collect();
    assert_eq!(
        images,
        [
            (1, "https://img.example.com/pot-1.jpg"),
            (3, "https://img.example.com/pot-3.jpg"),
            (4, "https://img.example.com/pot-large.jpg"),
        ]
    );
    assert_eq!(written[0].alt.as_deref(), Some("A clay pot"));
}

#[test]
fn a_product_without_options_has_one_default_variant() {
    let drafts = drafts(GARDEN);
    let lamp = &drafts[1];
    assert_eq!(lamp.wanted(None), Some(ProductStatus::Draft));
    assert_eq!(lamp.variants.len(), 1);
    assert_eq!(lamp.variants[0].options, Some(Options::new()));
    assert_eq!(lamp.variants[0].weight_grams, Some(454));
    assert_eq!(lamp.variants[0].quantity, None);
    assert_eq!(lamp.variants[0].compare_at, Some(None));
    assert_eq!(lamp.variants[0].barcode.as_deref(), Some("0012345678905"));
}

#[test]
fn every_wrong_cell_is_named_by_the_line_an_editor_shows() {
    let expected = [
        "2 Variant Price: “9.999”: the amount has more decimals than USD allows",
        "4 Variant Inventory Qty: “2.5” is not a whole number",
        "5 Variant SKU: line 2 has the SKU POT-S already",
        "6 Variant Price: “12,50” is not a price, as 9.99",
        "6 Option1 Value: line 4 has the same options",
        "7 Title: title must not be empty",
        "7 Handle: a handle may have only letters, digits and signs of any script, hyphens and underscores, at most 255 \
         characters",
        "8 Published: “maybe” is neither true nor false",
        "8 Variant Price: “” is not a price, as 9.99",
        "9 Variant Price: the row has neither a variant nor an image",
        "10 Image Src: the URL of an image must begin with http:// or https://",
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
    assert_eq!(
        complaints(b"Handle;Title;Variant Price\n"),
        ["1: the columns are separated by semicolons: save it as CSV UTF-8, separated by commas"]
    );
    let twice = complaints(b"Handle,Title,Variant Price,Price\n");
    assert_eq!(twice, ["1: the column Variant Price is there twice"]);
}

#[test]
fn bytes_that_are_no_text_and_quotes_that_never_close_are_refused() {
    let latin = complaints(b"Handle,Title,Variant Price\npot,Caf\xe9,9\n");
    assert_eq!(latin, ["2 Title: is not UTF-8 text: save the file as CSV UTF-8"]);
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
    assert_eq!(complaints(file.as_bytes()), ["50002: a file may have at most 50000 rows"]);
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
        "252 Image Src: a product may have at most 250 images",
        "2002 Handle: a product may have at most 2000 variants",
    ];
    assert_eq!(complaints(file.as_bytes()), expected);
}

#[test]
fn what_a_later_change_would_refuse_is_refused_here() {
    let file = b"Handle,Title,Variant Price,Variant Compare At Price,Image Src,Image Position\n\
        pot,Pot,1,2000000000,https://img.example.com/1.jpg,2147483647\n";
    let expected = [
        "2 Variant Compare At Price: compare_at: the amount is out of range",
        "2 Image Position: position must be between 0 and 1000000",
    ];
    assert_eq!(complaints(file), expected);
}

#[test]
fn a_column_that_is_not_there_says_nothing() {
    let update = drafts("Handle,Title,Variant Price\npot,Pot,9\n").pop().unwrap();
    assert_eq!((update.description.as_ref(), update.tags.as_ref(), update.wanted(None)), (None, None, None));
    assert!(update.product_type.is_none());
    let variant = &update.variants[0];
    assert!(variant.options.is_none() && variant.compare_at.is_none() && variant.image.is_none());
    let blank =
        drafts("Handle,Title,Variant Price,Tags,Type,Body (HTML),Status\npot,Pot,9,,,,\n").pop().unwrap();
    assert_eq!((blank.description.as_deref(), blank.tags.as_deref()), (Some(""), Some([].as_slice())));
    assert_eq!((blank.product_type.clone(), blank.wanted(None)), (Some(None), None));
}

#[test]
fn rows_that_somebody_cleared_are_skipped_but_counted() {
    let file = "\u{feff}\u{feff}Handle,Title,Variant Price\r\npot,Pot,9\r\n,,\r\n  ,\u{a0},\r\nlamp,Lamp,x\r\n,,\r\n";
    assert_eq!(complaints(file.as_bytes()), ["5 Variant Price: “x” is not a price, as 9.99"]);
    let cleared = read(file.replace(",x", ",7").as_bytes()).ok().unwrap();
    assert_eq!((cleared.rows, cleared.products.len()), (2, 2));
}

#[test]
fn an_inch_mark_opens_nothing_wherever_it_stands() {
    let file = "Handle,Title,Body (HTML),Variant Price\npipe,5\" pipe,\"<p>one\ntwo</p>\",4.00\n";
    assert_eq!(drafts(file)[0].title, "5\" pipe");
    let open = "Handle,Title,Variant Price\npot,Pot,9\nlamp,\"Lamp,9";
    assert_eq!(complaints(open.as_bytes()), ["3: a quotation mark is opened here and never closed"]);
}

#[test]
fn counts_are_read_as_spreadsheets_write_them() {
    let file = |count: &str| format!("Handle,Title,Variant Inventory Qty,Variant Price\npot,Pot,{count},9\n");
    for (count, pieces) in [("5", 5), ("5.0", 5), ("0.00", 0), ("-0", 0), ("-3", 0), ("-2.0", 0)] {
        assert_eq!(variants(&file(count))[0].quantity, Some(pieces), "{count}");
    }
    assert_eq!(told(&file("-3")), [(2, "Variant Inventory Qty", 1)]);
    assert_eq!(told(&file("5.0")), []);
    for wrong in ["2.5", "many", "100000001", "3 pcs"] {
        assert_eq!(complaints(file(wrong).as_bytes()).len(), 1, "{wrong}");
    }
}

#[test]
fn what_means_something_else_here_is_told_once_for_all_rows() {
    let file = "Handle,Title,Status,Gift Card,Variant SKU,Variant Inventory Tracker,Variant Inventory Policy,Variant Price,SEO Title\n\
        book,Book,unlisted,false,B1,,continue,4,x\nbook,,,,B2,shopify,deny,4,\nmug,Mug,active,true,M,,continue,4,\n";
    let expected = [
        (2, "Status", 1),
        (2, "Variant Inventory Tracker", 2),
        (2, "Variant Inventory Policy", 2),
        (4, "Gift Card", 1),
    ];
    assert_eq!(told(file), expected);
    let read = read(file.as_bytes()).ok().unwrap();
    assert_eq!(read.ignored, ["SEO Title"]);
    let wanted: Vec<_> = read.products.iter().map(|draft| draft.wanted(None)).collect();
    assert_eq!(wanted, [Some(ProductStatus::Draft), Some(ProductStatus::Draft)]);
}

#[test]
fn an_archived_product_comes_back_by_its_status_alone() {
    let draft = |status: &str, published: &str| {
        let file = format!("Handle,Title,Status,Published,Variant Price\npot,Pot,{status},{published},9\n");
        drafts(&file).pop().unwrap().wanted(Some(ProductStatus::Archived))
    };
    assert_eq!(draft("", "true"), None);
    assert_eq!(draft("", "false"), None);
    assert_eq!(draft("active", ""), Some(ProductStatus::Approved));
    assert_eq!(draft("active", "false"), Some(ProductStatus::Draft));
    assert_eq!(draft("archived", "true"), Some(ProductStatus::Archived));
}

#[test]
fn columns_are_bounded_before_anything_is_made_of_them() {
    let header =
        |columns: usize| format!("Handle,Title,Variant Price{}\npot,Pot,9\n", ",x".repeat(columns - 3));
    assert!(read(header(MOST_COLUMNS).as_bytes()).is_ok());
    assert_eq!(complaints(header(MOST_COLUMNS + 1).as_bytes()), ["1: a file may have at most 200 columns"]);
    let wide = format!("Handle,Title,{}", ",".repeat(5_000_000));
    assert_eq!(complaints(wide.as_bytes()), ["1: a file may have at most 200 columns"]);
}

#[test]
fn two_rows_whose_options_differ_in_case_are_the_same_choice() {
    let file =
        "Handle,Title,Option1 Name,Option1 Value,Variant Price\nshirt,Shirt,Color,Red,9\nshirt,,,red,9\n";
    assert_eq!(complaints(file.as_bytes()), ["3 Option1 Value: line 2 has the same options"]);
}

#[test]
fn a_file_that_nobody_waits_for_is_not_read_on() {
    let mut file = String::from("Handle,Title,Variant Price\n");
    for row in 0..1000 {
        file.push_str(&format!("p{row},P,1\n"));
    }
    let abandoned = draft::read(file.as_bytes(), usd(), &AtomicBool::new(true)).ok().unwrap();
    assert_eq!(abandoned.rows, 0);
}
