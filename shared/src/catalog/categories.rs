//! The tree of categories, maintained by administrators.

use std::collections::BTreeMap;

use serde::Serialize;
use sqlx::PgConnection;
use utoipa::ToSchema;

use super::store::categories as store;
use super::{Error, fields};
use crate::kernel::ids::CategoryId;
use crate::kernel::{Gathered, slug};

/// A category and its place in the tree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Category {
    pub id: CategoryId,
    pub parent_id: Option<CategoryId>,
    pub slug: String,
    pub name: String,
    /// Order among its siblings.
    pub position: i32,
}

/// A category with its subtree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CategoryNode {
    #[serde(flatten)]
    pub category: Category,
    #[schema(no_recursion)]
    pub children: Vec<Self>,
}

#[derive(Clone, Debug)]
pub struct NewCategory {
    pub name: String,
    /// Made from the name if not given.
    pub slug: Option<String>,
    pub parent: Option<CategoryId>,
    pub position: i32,
}

/// The fields to change; `None` leaves a field as it is.
#[derive(Clone, Debug, Default)]
pub struct CategoryChange {
    pub name: Option<String>,
    pub slug: Option<String>,
    /// `Some(None)` makes it a root.
    pub parent: Option<Option<CategoryId>>,
    pub position: Option<i32>,
}

impl NewCategory {
    /// Every problem of its fields. Pure.
    pub fn check(&self) -> Result<(), Error> {
        self.drafted().map(drop)
    }

    fn drafted(&self) -> Result<Category, Error> {
        let (id, mut found) = (CategoryId::new(), Gathered::default());
        let name = found.checked(fields::category_name(&self.name));
        let category = Category {
            id,
            parent_id: self.parent,
            slug: match &self.slug {
                Some(given) => found.checked(checked_slug(given)),
                None => slug::made(&name, "category", id.0),
            },
            name,
            position: found.checked(fields::position(self.position)),
        };
        found.done(category, Error::Several)
    }
}

impl CategoryChange {
    /// Every problem of the given fields. Pure.
    pub fn check(&self) -> Result<(), Error> {
        let (slug, name) = (String::new(), String::new());
        let any = Category { id: CategoryId::new(), parent_id: None, slug, name, position: 0 };
        self.applied(any).map(drop)
    }

    fn applied(&self, before: Category) -> Result<Category, Error> {
        let mut found = Gathered::default();
        let after = Category {
            id: before.id,
            parent_id: self.parent.unwrap_or(before.parent_id),
            slug: found.checked(self.slug.as_deref().map_or(Ok(before.slug), checked_slug)),
            name: found.checked(self.name.as_deref().map_or(Ok(before.name), fields::category_name)),
            position: found.checked(self.position.map_or(Ok(before.position), fields::position)),
        };
        found.done(after, Error::Several)
    }
}

/// All of them, siblings in their order. Categories are few: there are no pages.
pub async fn categories(db: &mut PgConnection) -> Result<Vec<Category>, Error> {
    Ok(store::list(db).await?)
}

/// The tree over a flat list; siblings keep the list's order.
#[must_use]
pub fn tree(flat: Vec<Category>) -> Vec<CategoryNode> {
    let mut below: BTreeMap<Option<CategoryId>, Vec<Category>> = BTreeMap::new();
    for category in flat {
        below.entry(category.parent_id).or_default().push(category);
    }
    grow(None, &mut below)
}

fn grow(
    parent: Option<CategoryId>,
    below: &mut BTreeMap<Option<CategoryId>, Vec<Category>>,
) -> Vec<CategoryNode> {
    let children = below.remove(&parent).unwrap_or_default();
    children
        .into_iter()
        .map(|category| CategoryNode { children: grow(Some(category.id), below), category })
        .collect()
}

/// Adds a category. [`Error::SlugTaken`], or [`Error::CategoryUnknown`] if the parent does not exist.
pub async fn create_category(db: &mut PgConnection, new: &NewCategory) -> Result<Category, Error> {
    let category = new.drafted()?;
    clashes(db, &category, None).await?;
    store::insert(db, &category).await?;
    Ok(category)
}

/// Changes or moves a category. Runs in a transaction that blocks other changes of the tree until its end: otherwise
/// two concurrent moves could make a cycle that neither of them sees.
pub async fn update_category(
    db: &mut PgConnection,
    id: CategoryId,
    change: &CategoryChange,
) -> Result<Category, Error> {
    store::lock_tree(db).await?;
    let before = store::find(db, id).await?.ok_or(Error::CategoryMissing)?;
    let after = change.applied(before.clone())?;
    if after == before {
        return Ok(after);
    }
    clashes(db, &after, Some(&before)).await?;
    store::update(db, &after).await?;
    Ok(after)
}

/// Refuses a category that clashes with others, with everything that is wrong. Constraints refuse what another
/// transaction writes meanwhile.
async fn clashes(db: &mut PgConnection, after: &Category, before: Option<&Category>) -> Result<(), Error> {
    let mut found = Gathered::default();
    if let Some(parent) = after.parent_id {
        let path = store::path_to_root(db, parent).await?;
        if path.is_empty() {
            found.add(Error::CategoryUnknown { field: "parent_id" });
        } else if path.contains(&after.id) {
            found.add(Error::CategoryCycle);
        }
    }
    let is_renamed = before.is_none_or(|before| before.slug != after.slug);
    if is_renamed && store::slug_exists(db, &after.slug).await? {
        found.add(Error::SlugTaken);
    }
    found.done((), Error::Several)
}

/// Removes an empty category; otherwise [`Error::CategoryInUse`].
pub async fn delete_category(db: &mut PgConnection, id: CategoryId) -> Result<(), Error> {
    if store::delete(db, id).await? { Ok(()) } else { Err(Error::CategoryMissing) }
}

fn checked_slug(given: &str) -> Result<String, Error> {
    let slug = slug::composed(given);
    if slug::is_slug(&slug) { Ok(slug) } else { Err(Error::Slug { field: "slug" }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_has_every_category_once_and_in_order() {
        let make = |name: &str, parent: Option<&Category>| Category {
            id: CategoryId::new(),
            parent_id: parent.map(|parent| parent.id),
            slug: name.into(),
            name: name.into(),
            position: 0,
        };
        let home = make("home", None);
        let (pots, lamps) = (make("pots", Some(&home)), make("lamps", Some(&home)));
        let clay = make("clay", Some(&pots));
        let roots = tree(vec![clay.clone(), home.clone(), lamps.clone(), pots.clone()]);
        let leaf = |category| CategoryNode { category, children: Vec::new() };
        let pots = CategoryNode { category: pots, children: vec![leaf(clay)] };
        assert_eq!(roots, [CategoryNode { category: home, children: vec![leaf(lamps), pots] }]);
    }
}
