/** Small parts of the gallery's and the playground's forms. */

export function option(value: string, text = value): HTMLOptionElement {
  return new Option(text, value);
}

/** A row of the form: the name and its field. */
export function labelled(text: string, field: HTMLElement): HTMLElement {
  const row = document.createElement('div');
  const label = document.createElement('label');
  label.textContent = text;
  field.id = `field-${text}`;
  label.htmlFor = field.id;
  row.append(label, field);
  return row;
}
