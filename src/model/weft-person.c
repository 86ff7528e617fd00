/* weft-person.c - somebody who is here, ourselves included
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "model/weft-person-private.h"

struct _WeftPerson
{
  GObject parent_instance;

  char *id;
  char *name;
  char *color;
  char *initials;
  char *page_id;
  gboolean is_self;
};

G_DEFINE_FINAL_TYPE (WeftPerson, weft_person, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_ID,
  PROP_NAME,
  PROP_COLOR,
  PROP_INITIALS,
  PROP_PAGE_ID,
  PROP_IS_SELF,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

/* At least 3:1 against white and against the dark view background (#1d1d20). */
static const char *const palette[] = {
  "#c0561f", "#a3700c", "#5d8513", "#1f8a4c", "#12858a", "#2a7fc4",
  "#5b6ee1", "#8a5cd6", "#b64bb8", "#d0437a", "#cf4a4a", "#7f7768",
};

static char *
make_initials (const char *name)
{
  GString *initials = g_string_new (NULL);
  gboolean at_start = TRUE;
  guint n = 0;

  for (const char *p = name; *p != '\0' && n < 2; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (g_unichar_isspace (c))
        {
          at_start = TRUE;
          continue;
        }

      if (at_start)
        {
          g_string_append_unichar (initials, g_unichar_toupper (c));
          n++;
        }

      at_start = FALSE;
    }

  if (initials->len == 0)
    g_string_append_c (initials, '?');

  return g_string_free (initials, FALSE);
}

static void
weft_person_finalize (GObject *object)
{
  WeftPerson *self = WEFT_PERSON (object);

  g_clear_pointer (&self->id, g_free);
  g_clear_pointer (&self->name, g_free);
  g_clear_pointer (&self->color, g_free);
  g_clear_pointer (&self->initials, g_free);
  g_clear_pointer (&self->page_id, g_free);

  G_OBJECT_CLASS (weft_person_parent_class)->finalize (object);
}

static void
weft_person_get_property (GObject    *object,
                          guint       prop_id,
                          GValue     *value,
                          GParamSpec *pspec)
{
  WeftPerson *self = WEFT_PERSON (object);

  switch (prop_id)
    {
    case PROP_ID:
      g_value_set_string (value, self->id);
      break;
    case PROP_NAME:
      g_value_set_string (value, self->name);
      break;
    case PROP_COLOR:
      g_value_set_string (value, self->color);
      break;
    case PROP_INITIALS:
      g_value_set_string (value, self->initials);
      break;
    case PROP_PAGE_ID:
      g_value_set_string (value, self->page_id);
      break;
    case PROP_IS_SELF:
      g_value_set_boolean (value, self->is_self);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
weft_person_class_init (WeftPersonClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = weft_person_finalize;
  object_class->get_property = weft_person_get_property;

  for (guint i = PROP_ID; i < PROP_IS_SELF; i++)
    {
      static const char *const names[] = { NULL, "id", "name", "color", "initials", "page-id" };

      properties[i] = g_param_spec_string (names[i], NULL, NULL, "",
                                           G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
    }

  properties[PROP_IS_SELF] = g_param_spec_boolean ("is-self", NULL, NULL, FALSE,
                                                   G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
weft_person_init (WeftPerson *self)
{
  self->id = g_strdup ("");
  self->name = g_strdup ("");
  self->color = g_strdup (palette[0]);
  self->initials = g_strdup ("?");
  self->page_id = g_strdup ("");
}

/* (transfer full): a person who is not known by more than @id yet */
WeftPerson *
weft_person_new (const char *id,
                 gboolean    is_self)
{
  WeftPerson *self = g_object_new (WEFT_TYPE_PERSON, NULL);

  g_free (self->id);
  self->id = g_strdup (id);
  self->is_self = is_self;

  return self;
}

static void
set_string (WeftPerson *self,
            char      **field,
            const char *value,
            guint       prop_id)
{
  if (g_strcmp0 (*field, value) == 0)
    return;

  g_free (*field);
  *field = g_strdup (value);
  g_object_notify_by_pspec (G_OBJECT (self), properties[prop_id]);
}

/* Takes over what a peer says of itself; what is missing or no colour falls back to something sensible. */
void
weft_person_refresh (WeftPerson *self,
                     const char *name,
                     const char *color,
                     const char *page_id)
{
  g_autofree char *initials = NULL;

  if (name == NULL || *name == '\0')
    name = "Anonymous";

  if (!weft_person_is_color (color))
    color = weft_person_color_for_id (self->id);

  initials = make_initials (name);

  set_string (self, &self->name, name, PROP_NAME);
  set_string (self, &self->color, color, PROP_COLOR);
  set_string (self, &self->initials, initials, PROP_INITIALS);
  set_string (self, &self->page_id, page_id ? page_id : "", PROP_PAGE_ID);
}

/* Whether @color reads "#rrggbb", the only form that every web editor takes. */
gboolean
weft_person_is_color (const char *color)
{
  if (color == NULL || color[0] != '#' || strlen (color) != 7)
    return FALSE;

  for (guint i = 1; i < 7; i++)
    if (!g_ascii_isxdigit (color[i]))
      return FALSE;

  return TRUE;
}

const char *
weft_person_get_id (WeftPerson *self)
{
  g_return_val_if_fail (WEFT_IS_PERSON (self), NULL);

  return self->id;
}

const char *
weft_person_get_name (WeftPerson *self)
{
  g_return_val_if_fail (WEFT_IS_PERSON (self), NULL);

  return self->name;
}

const char *
weft_person_get_color (WeftPerson *self)
{
  g_return_val_if_fail (WEFT_IS_PERSON (self), NULL);

  return self->color;
}

const char *
weft_person_get_initials (WeftPerson *self)
{
  g_return_val_if_fail (WEFT_IS_PERSON (self), NULL);

  return self->initials;
}

const char *
weft_person_get_page_id (WeftPerson *self)
{
  g_return_val_if_fail (WEFT_IS_PERSON (self), NULL);

  return self->page_id;
}

gboolean
weft_person_get_is_self (WeftPerson *self)
{
  g_return_val_if_fail (WEFT_IS_PERSON (self), FALSE);

  return self->is_self;
}

/**
 * weft_person_color_for_id:
 * @id: a stable user id
 *
 * Returns: (transfer none): the colour of that person, "#rrggbb", the same on every device
 */
const char *
weft_person_color_for_id (const char *id)
{
  g_return_val_if_fail (id != NULL, palette[0]);

  return palette[g_str_hash (id) % G_N_ELEMENTS (palette)];
}

/**
 * weft_person_dup_author_name:
 * @author: (nullable): as in the `users` of a document
 *
 * Returns: (transfer full) (nullable): the name of the person; %NULL where there is none
 */
char *
weft_person_dup_author_name (const char *author)
{
  const char *end = author != NULL ? g_strrstr (author, " · ") : NULL;

  if (author == NULL || *author == '\0' || end == author)
    return NULL;

  return end != NULL ? g_strndup (author, (gsize) (end - author)) : g_strdup (author);
}
