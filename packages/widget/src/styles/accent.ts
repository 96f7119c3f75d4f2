/**
 * The inputs and mixed colours that the launcher needs before the chat is loaded, as plain text: it knows no Lit. The
 * other tokens are in tokens.ts. Names with `--_` are internal.
 */
export const accent = /* css */ `
    color-scheme: light dark;

    --_background: var(--chatlet-background, light-dark(#ffffff, #131715));
    --_ink: var(--chatlet-ink, light-dark(#1b1f1d, #e9eeeb));
    --_radius: var(--chatlet-radius, 18px);

    /* In the dark, an accent that was chosen for white is made lighter until it reads well on black. */
    --_brand: var(--chatlet-accent, #2f6f5e);
    --_accent: light-dark(var(--_brand), oklch(from var(--_brand) max(l, 0.75) min(calc(c * 1.25), 0.16) h));
    /* Black if it reads better on the accent, else white. */
    --_accent-ink: var(
      --chatlet-accent-ink,
      oklch(from var(--_accent) calc(0.12 + 0.88 * clamp(0, (0.63 - l) * 1000, 1)) calc(c * 0.12) h)
    );
    --_shadow: 0 18px 50px -12px light-dark(rgb(11 31 26 / 25%), rgb(0 0 0 / 60%));
`;

/** The colour of focus rings and of other marks that must be seen: at least 3:1 against the background, whatever the accent. */
export const focus =
  '--_focus: light-dark(oklch(from var(--_brand) min(l, 0.6) c h), oklch(from var(--_brand) max(l, 0.65) c h));';
