/**
 * A form body's fields. A key that comes more than once keeps all its values, as Twilio signs them. Without a prototype,
 * so that a field named `__proto__` is a field.
 */
export type Form = Readonly<Record<string, string | string[]>>;

/** Reads an `application/x-www-form-urlencoded` body or a query string. Never throws: odd escapes are kept as they are. */
export function parseForm(text: string): Form {
  const form: Record<string, string | string[]> = Object.create(null);
  for (const [name, value] of new URLSearchParams(text)) {
    const known = form[name];
    if (known === undefined) form[name] = value;
    else if (Array.isArray(known)) known.push(value);
    else form[name] = [known, value];
  }
  return form;
}

/** A field's first value, or an empty text. */
export function field(form: Form, name: string): string {
  const value = form[name];
  return (Array.isArray(value) ? value[0] : value) ?? '';
}

export function isFormType(contentType: string | undefined): boolean {
  return mediaType(contentType) === 'application/x-www-form-urlencoded';
}

export function mediaType(contentType: string | undefined): string {
  return (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}
