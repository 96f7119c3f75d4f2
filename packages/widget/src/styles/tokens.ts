/**
 * The design tokens: six inputs that a site may set, and a density. Everything else is mixed from these, so that a site
 * that sets `--chatlet-accent` alone gets a coherent chat in light and in dark.
 */
import {css, unsafeCSS} from 'lit';
import {accent, focus} from './accent.ts';

/** For the two elements that stand in a page; the elements within them inherit. Names with `--_` are internal. */
export const tokens = css`
  :host {
    ${unsafeCSS(accent)}

    --_fonts: 'Inter', 'Segoe UI', system-ui, -apple-system, 'Roboto', 'Noto Sans', sans-serif;
    --_font: var(--chatlet-font-family, var(--chatlet-font, var(--_fonts)));
    /* All sizes of text grow with that of the answers. */
    --_px: calc(var(--chatlet-font-size, 15px) / 15);
    --_font-mono: var(
      --chatlet-font-mono,
      ui-monospace,
      'JetBrains Mono',
      'SFMono-Regular',
      'Menlo',
      'Consolas',
      monospace
    );
    --_density: var(--chatlet-density, 1);

    --_link: light-dark(
      oklch(from var(--_brand) min(l, 0.47) c h),
      oklch(from var(--_brand) max(l, 0.8) min(calc(c * 1.25), 0.14) h)
    );
    --_tint: color-mix(in oklab, var(--_accent) 13%, var(--_background));
    ${unsafeCSS(focus)}
    --_ring: color-mix(in oklab, var(--_focus) 12%, transparent);

    --_surface: color-mix(in oklab, var(--_ink) 4%, var(--_background));
    --_surface-2: color-mix(in oklab, var(--_ink) 8%, var(--_background));
    --_line: color-mix(in oklab, var(--_ink) 13%, var(--_background));
    --_control-line: color-mix(in oklab, var(--_ink) 50%, var(--_background));
    --_muted: color-mix(in oklab, var(--_ink) 66%, var(--_background));
    --_warn: light-dark(#c9760a, #e0a03a);
    --_warn-surface: color-mix(in oklab, #f0a020 12%, var(--_background));
    --_warn-line: color-mix(in oklab, #c9760a 45%, var(--_background));

    --_skeleton: color-mix(in oklab, var(--_ink) 14%, var(--_background));

    --_gap: calc(18px * var(--_density));
    --_pad: calc(16px * var(--_density));
  }

  @media (prefers-contrast: more) {
    :host {
      --_line: color-mix(in oklab, var(--_ink) 60%, var(--_background));
      --_control-line: var(--_ink);
      --_muted: color-mix(in oklab, var(--_ink) 88%, var(--_background));
    }
  }

  :host([theme='light']) {
    color-scheme: light;
  }

  :host([theme='dark']) {
    color-scheme: dark;
  }
`;
