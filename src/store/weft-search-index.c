/* weft-search-index.c - the file that a notebook is searched with
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* For strchrnul (). */
#define _GNU_SOURCE

#include "config.h"

#include "store/weft-search-index.h"

#include <glib/gstdio.h>
#include <sqlite3.h>
#include <string.h>

#include "store/weft-database.h"
#include "store/weft-search-snippet.h"
#include "store/weft-search-words.h"

/* 'WftS' */
#define SEARCH_ID 0x57667453
#define SUFFIX "-search"
/* The log is brought into the file beyond this many pages of 4 KiB. */
#define CHECKPOINT_PAGES 2000

struct _WeftSearchIndex
{
  WeftDatabase *database;
  char *temporary; /* nullable: the folder that goes when this is closed */
  gboolean writing;
};

/* --- The tokenizer of FTS5 -------------------------------------------------------------------------- */

static int
create_cb (void           *context,
           const char    **args,
           int             n_args,
           Fts5Tokenizer **tokenizer)
{
  static int nothing;

  *tokenizer = (Fts5Tokenizer *) &nothing;
  return SQLITE_OK;
}

static void
delete_cb (Fts5Tokenizer *tokenizer)
{
}

typedef struct
{
  void *context;
  int (*add) (void *, int, const char *, int, int, int);
  int rc;
} Feed;

static gboolean
feed_token_cb (const char *token,
               gsize       n_bytes,
               gsize       start,
               gsize       end,
               gpointer    user_data)
{
  Feed *feed = user_data;

  feed->rc = feed->add (feed->context, 0, token, (int) n_bytes, (int) start, (int) end);
  return feed->rc == SQLITE_OK;
}

static int
tokenize_cb (Fts5Tokenizer *tokenizer,
             void *context,
             int flags,
             const char *text,
             int n_bytes,
             int (*add) (void *, int, const char *, int, int, int))
{
  Feed feed = { context, add, SQLITE_OK };

  weft_search_tokenize (text, (gsize) n_bytes,
                        flags & FTS5_TOKENIZE_QUERY ? WEFT_SEARCH_ASK : WEFT_SEARCH_STORE,
                        feed_token_cb, &feed);
  return feed.rc;
}

/* As the manual of FTS5 says it is to be asked for. */
static fts5_api *
get_fts5 (sqlite3 *db)
{
  fts5_api *api = NULL;
  sqlite3_stmt *query = NULL;

  if (sqlite3_prepare_v2 (db, "SELECT fts5 (?1)", -1, &query, NULL) == SQLITE_OK)
    {
      sqlite3_bind_pointer (query, 1, (void *) &api, "fts5_api_ptr", NULL);
      sqlite3_step (query);
    }
  sqlite3_finalize (query);

  return api;
}

static void
register_tokenizer (sqlite3 *db)
{
  fts5_tokenizer tokenizer = { create_cb, delete_cb, tokenize_cb };
  fts5_api *api = get_fts5 (db);

  if (api != NULL)
    api->xCreateTokenizer (api, "weft", NULL, &tokenizer, NULL);
}

/* --- The file --------------------------------------------------------------------------------------- */

static const char *const migrations[] = {
  "CREATE TABLE pages (id INTEGER PRIMARY KEY, page TEXT NOT NULL UNIQUE, seq INTEGER NOT NULL,"
  " time INTEGER NOT NULL, places TEXT NOT NULL);"
  "CREATE VIRTUAL TABLE entries USING fts5 (title, body, tokenize = 'weft', prefix = '1 2');",
};

static const WeftDatabaseSchema schema = {
  .application_id = SEARCH_ID,
  .migrations = migrations,
  .n_migrations = G_N_ELEMENTS (migrations),
  .prepare = register_tokenizer,
};

void
weft_search_text_clear (WeftSearchText *self)
{
  g_clear_pointer (&self->text, g_free);
  g_clear_pointer (&self->places, g_ptr_array_unref);
}

WeftSearchPlace *
weft_search_place_new (guint       at,
                       const char *id)
{
  WeftSearchPlace *self = g_new (WeftSearchPlace, 1);

  *self = (WeftSearchPlace){ at, g_strdup (id) };
  return self;
}

void
weft_search_place_free (WeftSearchPlace *self)
{
  g_free (self->id);
  g_free (self);
}

void
weft_search_hit_free (WeftSearchHit *self)
{
  g_free (self->page);
  g_free (self->snippet);
  g_clear_pointer (&self->ranges, g_array_unref);
  g_free (self->place);
  g_free (self);
}

char *
weft_search_index_path (const char *path)
{
  return g_strconcat (path, SUFFIX, NULL);
}

static void
delete_files (const char *path)
{
  static const char *const suffixes[] = { "", "-wal", "-journal", "-lock" };

  for (gsize i = 0; i < G_N_ELEMENTS (suffixes); i++)
    {
      g_autofree char *name = g_strconcat (path, suffixes[i], NULL);

      g_unlink (name);
    }
}

/* A second try for what can be made again. */
static WeftDatabase *
open_or_make_again (const char *path,
                    GError    **error)
{
  g_autoptr(GError) failure = NULL;
  WeftDatabase *database = weft_database_open (path, &schema, &failure);

  if (database != NULL && !weft_database_is_read_only (database))
    return database;

  if (database != NULL)
    {
      weft_database_close (database);
      g_set_error_literal (error, WEFT_STORE_ERROR, WEFT_STORE_ERROR_READ_ONLY, "");
      return NULL;
    }

  if (g_error_matches (failure, WEFT_STORE_ERROR, WEFT_STORE_ERROR_IN_USE)
      || g_error_matches (failure, WEFT_STORE_ERROR, WEFT_STORE_ERROR_FULL)
      || g_error_matches (failure, WEFT_STORE_ERROR, WEFT_STORE_ERROR_READ_ONLY))
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return NULL;
    }

  g_message ("%s: %s; it is made again", path, failure->message);
  delete_files (path);
  return weft_database_open (path, &schema, error);
}

WeftSearchIndex *
weft_search_index_open (const char *path,
                        GError    **error)
{
  g_autofree char *temporary = NULL;
  g_autofree char *temporary_path = NULL;
  g_autoptr(GError) failure = NULL;
  WeftSearchIndex *self;
  WeftDatabase *database = open_or_make_again (path, &failure);

  if (database == NULL)
    {
      g_message ("%s: %s; it is made elsewhere for now", path, failure->message);
      temporary = g_dir_make_tmp ("weft-search-XXXXXX", error);
      if (temporary == NULL)
        return NULL;

      temporary_path = g_build_filename (temporary, "index", NULL);
      database = weft_database_open (temporary_path, &schema, error);
      if (database == NULL)
        {
          delete_files (temporary_path);
          g_rmdir (temporary);
          return NULL;
        }
    }

  self = g_new0 (WeftSearchIndex, 1);
  self->database = database;
  self->temporary = g_steal_pointer (&temporary);
  return self;
}

void
weft_search_index_close (WeftSearchIndex *self)
{
  g_autofree char *path = g_strdup (weft_database_get_path (self->database));

  weft_search_index_commit (self, NULL);
  weft_database_close (self->database);
  if (self->temporary != NULL)
    {
      delete_files (path);
      g_rmdir (self->temporary);
    }

  g_free (self->temporary);
  g_free (self);
}

GHashTable *
weft_search_index_list (WeftSearchIndex *self,
                        GError         **error)
{
  g_autoptr(GHashTable) states = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  WeftStatement *query = weft_database_get (self->database, "SELECT page, seq, time FROM pages");

  while (weft_statement_step (query))
    {
      WeftSearchState *state = g_new (WeftSearchState, 1);

      state->seq = (guint64) weft_statement_get_int64 (query, 1);
      state->time = weft_statement_get_int64 (query, 2);
      g_hash_table_replace (states, g_strdup (weft_statement_get_text (query, 0)), state);
    }

  if (!weft_statement_finish (query, error))
    return NULL;

  return g_steal_pointer (&states);
}

/* --- Writing ---------------------------------------------------------------------------------------- */

static gboolean
begin (WeftSearchIndex *self,
       GError         **error)
{
  if (!self->writing)
    self->writing = weft_database_begin (self->database, error);

  return self->writing;
}

gboolean
weft_search_index_commit (WeftSearchIndex *self,
                          GError         **error)
{
  if (!self->writing)
    return TRUE;

  self->writing = FALSE;
  if (!weft_database_commit (self->database, error))
    return FALSE;

  return weft_database_get_wal_size (self->database) < CHECKPOINT_PAGES
         || weft_database_checkpoint (self->database, error);
}

/* One line for each place. */
static char *
write_places (const WeftSearchText *text)
{
  GString *lines = g_string_new (NULL);

  for (guint i = 0; text->places != NULL && i < text->places->len; i++)
    {
      const WeftSearchPlace *place = g_ptr_array_index (text->places, i);

      g_string_append_printf (lines, "%u %s\n", place->at, place->id);
    }

  return g_string_free (lines, FALSE);
}

#define PUT_PAGE                                                                                   \
  "INSERT INTO pages (page, seq, time, places) VALUES (?1, ?2, ?3, ?4)"                            \
  " ON CONFLICT (page) DO UPDATE SET seq = ?2, time = ?3, places = ?4 RETURNING id"
#define PUT_ENTRY "INSERT OR REPLACE INTO entries (rowid, title, body) VALUES (?1, ?2, ?3)"

gboolean
weft_search_index_put (WeftSearchIndex       *self,
                       const char            *page,
                       const char            *title,
                       const WeftSearchText  *text,
                       const WeftSearchState *state,
                       GError               **error)
{
  g_autofree char *places = write_places (text);
  WeftStatement *put = weft_database_get (self->database, PUT_PAGE);
  WeftStatement *entry = weft_database_get (self->database, PUT_ENTRY);
  gint64 id = 0;

  if (!begin (self, error))
    return FALSE;

  weft_statement_bind_text (put, 1, page);
  weft_statement_bind_int64 (put, 2, (gint64) state->seq);
  weft_statement_bind_int64 (put, 3, state->time);
  weft_statement_bind_text (put, 4, places);
  if (weft_statement_step (put))
    id = weft_statement_get_int64 (put, 0);
  if (!weft_statement_finish (put, error))
    return FALSE;

  weft_statement_bind_int64 (entry, 1, id);
  weft_statement_bind_text (entry, 2, title);
  weft_statement_bind_text (entry, 3, text->text);
  return weft_statement_finish (entry, error);
}

#define SET_TITLE "UPDATE entries SET title = ?2 WHERE rowid = (SELECT id FROM pages WHERE page = ?1) AND title <> ?2"

gboolean
weft_search_index_set_title (WeftSearchIndex *self,
                             const char      *page,
                             const char      *title,
                             GError         **error)
{
  WeftStatement *set = weft_database_get (self->database, SET_TITLE);

  if (!begin (self, error))
    return FALSE;

  weft_statement_bind_text (set, 1, page);
  weft_statement_bind_text (set, 2, title);
  return weft_statement_finish (set, error);
}

/* --- Finding ---------------------------------------------------------------------------------------- */

static void
append_quoted (GString    *expression,
               const char *token)
{
  g_string_append_c (expression, '"');
  for (const char *p = token; *p != '\0'; p++)
    {
      if (*p == '"')
        g_string_append_c (expression, '"');
      g_string_append_c (expression, *p);
    }
  g_string_append_c (expression, '"');
}

/* In the language of FTS5: "begin"* AND "京都" + "都タ"; of words only whole ones where @whole. */
static char *
make_expression (GPtrArray *terms,
                 gboolean   whole)
{
  GString *expression = g_string_new (NULL);

  for (guint i = 0; i < terms->len; i++)
    {
      const WeftSearchTerm *term = g_ptr_array_index (terms, i);

      if (i > 0)
        g_string_append (expression, " AND ");
      for (guint t = 0; t < term->n_tokens; t++)
        {
          if (t > 0)
            g_string_append (expression, " + ");
          append_quoted (expression, term->tokens[t]);
        }
      if (term->is_prefix && !(whole && term->is_word))
        g_string_append_c (expression, '*');
    }

  return g_string_free (expression, FALSE);
}

/* A title is short and weighs as much as ten words of the text. */
#define FIND                                                                                       \
  "SELECT pages.page, entries.title, entries.body, pages.places FROM entries"                      \
  " JOIN pages ON pages.id = entries.rowid"                                                        \
  " WHERE entries MATCH ?1 ORDER BY bm25 (entries, 10.0, 1.0) LIMIT ?2"

/* A damaged file may hold what is no UTF-8. @copy: takes the text then */
static const char *
get_valid_text (WeftStatement *query,
                guint          column,
                char         **copy)
{
  const char *text = weft_statement_get_text (query, column);

  if (g_utf8_validate (text, -1, NULL))
    return text;

  return *copy = g_utf8_make_valid (text, -1);
}

static WeftSearchHit *
make_hit (WeftStatement *query,
          GPtrArray     *terms)
{
  WeftSearchHit *hit = g_new0 (WeftSearchHit, 1);
  g_autofree char *title = NULL, *body = NULL, *list = NULL;
  const char *places;

  hit->page = g_strdup (weft_statement_get_text (query, 0));
  hit->in_title = weft_search_matches (get_valid_text (query, 1, &title), terms);
  hit->ranges = g_array_new (FALSE, FALSE, sizeof (WeftSearchRange));
  hit->snippet = weft_search_make_snippet (get_valid_text (query, 2, &body), terms, hit->ranges, &hit->at,
                                           &hit->n_chars);

  /* The last place that begins at the match or before it. */
  places = get_valid_text (query, 3, &list);
  while (hit->snippet != NULL && *places != '\0')
    {
      const char *end = strchrnul (places, '\n');
      char *id;
      guint64 at = g_ascii_strtoull (places, &id, 10);

      if (at > hit->at || *id != ' ')
        break;
      g_free (hit->place);
      hit->place = g_strndup (id + 1, (gsize) (end - id - 1));
      places = *end != '\0' ? end + 1 : end;
    }

  return hit;
}

GPtrArray *
weft_search_index_find (WeftSearchIndex *self,
                        const char      *query,
                        guint            max,
                        GError         **error)
{
  g_autoptr(GPtrArray) terms = weft_search_parse (query);
  g_autoptr(GPtrArray) titles = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_search_hit_free);
  g_autoptr(GPtrArray) others = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_search_hit_free);
  g_autoptr(GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  WeftStatement *find = weft_database_get (self->database, FIND);

  if (terms->len == 0)
    return g_steal_pointer (&titles);

  /* Titles first, however many texts have it too; and of both those first that have just these words. */
  for (guint i = 0; i < 4 && titles->len + others->len < max; i++)
    {
      g_autofree char *words = make_expression (terms, i % 2 == 0);
      g_autofree char *expression = i < 2 ? g_strdup_printf ("{title} : (%s)", words) : g_steal_pointer (&words);

      weft_statement_bind_text (find, 1, expression);
      weft_statement_bind_int64 (find, 2, max);
      while (weft_statement_step (find))
        {
          WeftSearchHit *hit = NULL;

          if (g_hash_table_contains (seen, weft_statement_get_text (find, 0)))
            continue;

          hit = make_hit (find, terms);
          g_ptr_array_add (hit->in_title ? titles : others, hit);
          g_hash_table_add (seen, hit->page);
        }
      if (!weft_statement_finish (find, error))
        return NULL;
    }

  g_ptr_array_extend_and_steal (titles, g_steal_pointer (&others));
  if (titles->len > max)
    g_ptr_array_set_size (titles, (int) max);

  return g_steal_pointer (&titles);
}
