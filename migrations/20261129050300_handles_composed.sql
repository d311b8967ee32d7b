-- Handles are compared in the composed form of Unicode (NFC) from now on. Owned by `shared::catalog`.
--
-- Until now only letters and digits were taken, so the few that change have letters whose composed form is two
-- characters, as U+09DF of Bengali; no two handles become one by it.

update products
set handle = normalize(handle, nfc)
where handle is not nfc normalized;
