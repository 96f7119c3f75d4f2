import {css} from 'lit';

export const chatStyles = css`
  :host {
    display: flex;
    flex-direction: column;
    position: relative;
    inline-size: 100%;
    block-size: 100%;
    min-block-size: min(320px, 100dvh);
    max-block-size: 100dvh;
    overflow: hidden;
    contain: layout style;
    isolation: isolate;
    font: var(--chatlet-font, inherit);
    background: var(--_background);
    border-radius: var(--_radius);
    box-shadow: var(--_frame, 0 0 0 1px var(--_line));
  }

  :host([hidden]) {
    display: none;
  }

  :host([page-font]) .chat {
    font-family: inherit;
  }

  /* No style of the page's text gets in here; only custom properties do. */
  .chat {
    all: initial;
    color-scheme: inherit;
    box-sizing: border-box;
    flex: 1;
    /* For pages that make the element a plain block. */
    block-size: 100%;
    min-block-size: 0;
    max-block-size: 100dvh;
    min-inline-size: 0;
    display: flex;
    position: relative;
    /* Again, for pages that unset every style of the element. */
    overflow: hidden;
    border-radius: var(--_radius);
    background: var(--_background);
    color: var(--_ink);
    /* A --chatlet-font that is a shorthand is no family: then that of the host counts, which takes it. */
    font-family: var(--_font);
    font-size: calc(15 * var(--_px));
    line-height: 1.55;
    -webkit-text-size-adjust: 100%;
    text-size-adjust: 100%;
    overflow-wrap: break-word;
  }

  .main {
    flex: 1;
    min-inline-size: 0;
    display: flex;
    flex-direction: column;
  }

  chatlet-thread {
    flex: 1;
  }

  /* Until the code of the conversation is there, the greeting stands where it will stand. */
  chatlet-thread:not(:defined) {
    display: flex;
    flex-direction: column;
    min-block-size: 0;
    min-inline-size: 0;
    overflow: hidden auto;
    padding-block: var(--_gap) 6px;
  }

  :not(:defined) > .hello {
    flex: 1 0 auto;
    inline-size: 100%;
    max-inline-size: var(--_measure, none);
    margin-inline: auto;
    padding-inline: var(--_pad);
  }

  .header {
    flex: none;
    display: flex;
    align-items: center;
    gap: 10px;
    min-block-size: calc(49px + 8px * var(--_density));
    padding: calc(11px * var(--_density)) 12px;
    padding-inline-start: 16px;
    border-block-end: 1px solid var(--_line);
  }

  .logo {
    display: grid;
    place-items: center;
    flex: none;
    inline-size: 30px;
    block-size: 30px;
    border-radius: 10px;
    background: var(--_accent);
    color: var(--_accent-ink);
  }

  .names {
    flex: 1;
    min-inline-size: 0;
  }

  h2,
  .names p {
    margin: 0;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }

  h2 {
    font-size: calc(15 * var(--_px));
    font-weight: 600;
    line-height: 1.35;
  }

  .names p {
    color: var(--_muted);
    font-size: calc(12 * var(--_px));
    line-height: 1.25;
  }

  .connection {
    flex: none;
    display: flex;
    align-items: center;
    justify-content: center;
    gap: 8px;
    padding: 6px 12px;
    border-block-end: 1px solid var(--_line);
    background: var(--_surface);
    color: var(--_muted);
    font-size: calc(12.5 * var(--_px));
    line-height: 1.4;
  }

  .dot {
    flex: none;
    inline-size: 7px;
    block-size: 7px;
    border-radius: 50%;
    background: var(--_warn);
  }

  .hello {
    display: grid;
    align-content: center;
    min-block-size: 100%;
    padding-block: 8px;
  }

  .ai-notice {
    display: flex;
    align-items: center;
    gap: 6px;
    margin: 0;
    color: var(--_muted);
    font-size: calc(12.5 * var(--_px));
    line-height: 1.4;
  }

  .ai-notice .icon {
    inline-size: 14px;
    block-size: 14px;
    color: var(--_link);
  }

  .hello .ai-notice {
    margin-block-end: 10px;
  }

  .footer .ai-notice {
    justify-content: center;
    margin-block-end: 7px;
  }

  .greeting {
    display: grid;
    gap: 14px;
    justify-items: start;
  }

  .greeting h3 {
    margin: 0;
    font-size: calc(23 * var(--_px));
    font-weight: 600;
    line-height: 1.2;
    letter-spacing: -0.015em;
    text-wrap: balance;
  }

  .greeting p {
    margin: 0;
    color: var(--_muted);
    /* Beside a heading and starters that begin where the chat does. */
    text-align: -webkit-match-parent;
    text-align: match-parent;
    text-wrap: pretty;
  }

  .greeting ul {
    display: grid;
    gap: 8px;
    justify-self: stretch;
    margin: 0;
    padding: 0;
    list-style: none;
  }

  .starter {
    display: flex;
    align-items: center;
    gap: 10px;
    inline-size: 100%;
    /* As high as the others of its row. */
    block-size: 100%;
    min-block-size: calc(36px + 10px * var(--_density));
    padding: calc(10px * var(--_density)) 13px;
    border: 1px solid var(--_line);
    border-radius: 13px;
    background: var(--_background);
    line-height: 1.4;
    transition:
      border-color 120ms,
      background-color 120ms;
  }

  .starter .icon {
    color: var(--_link);
  }

  .starter:hover {
    border-color: var(--_focus);
    background: color-mix(in oklab, var(--_accent) 5%, var(--_background));
  }

  .pending:empty {
    display: none;
  }

  /* In the place of words that the server has not told yet. */
  .bone {
    border-radius: 8px;
    background: var(--_skeleton);
    color: transparent;
    user-select: none;
  }

  .greeting .bone {
    inline-size: 64%;
  }

  .greeting p.bone {
    inline-size: 88%;
  }

  .footer {
    flex: none;
    inline-size: 100%;
    max-inline-size: var(--_measure, none);
    margin-inline: auto;
    padding: calc(6px * var(--_density)) 12px calc(12px * var(--_density));
  }

  .disclaimer {
    margin: 7px 0 0;
    color: var(--_muted);
    font-size: calc(11.5 * var(--_px));
    line-height: 1.4;
    text-align: center;
  }

  chatlet-history {
    flex: none;
    background: var(--_surface);
    inline-size: 262px;
    border-inline-end: 1px solid var(--_line);
  }

  .drawer {
    position: absolute;
    z-index: 3;
    inset-block: 0;
    inset-inline-start: 0;
    inline-size: min(300px, 86%);
    box-shadow: 0 0 40px rgb(0 0 0 / 25%);
    animation: slide 160ms ease-out;
  }

  .scrim {
    position: absolute;
    z-index: 2;
    inset: 0;
    background: rgb(0 0 0 / 30%);
    animation: fade 160ms ease-out;
  }

  @keyframes slide {
    from {
      translate: -24px 0;
      opacity: 0;
    }
  }

  .drawer:dir(rtl) {
    animation-name: slide-rtl;
  }

  @keyframes slide-rtl {
    from {
      translate: 24px 0;
      opacity: 0;
    }
  }

  @keyframes fade {
    from {
      opacity: 0;
    }
  }

  /* Little height, as with 400 % zoom or on a phone that lies on its side. */
  .low .header {
    min-block-size: 41px;
    padding-block: 3px;
  }

  .low .names p {
    display: none;
  }

  .low .footer {
    padding-block: 4px;
  }

  .low .disclaimer {
    margin-block-start: 3px;
  }

  /* Lines have at most about 72 characters. Code and tables may be wider. */
  .wide {
    --_measure: 592px;
    --_pad: 28px;
    --_text: 536px;
    --_columns: 1fr minmax(0, var(--_text)) 1fr;
    --_column: 2;
    --_fit: fit-content;
  }

  .wide:not(.first) {
    --_widest: 776px;
  }

  .wide .footer {
    padding-inline: 26px;
    padding-block-end: 16px;
  }

  /* First open and wide: greeting and composer stand together, a little above the middle. */
  .wide.first .main {
    justify-content: center;
    padding-block-end: 8%;
  }

  .wide.first .header {
    margin-block-end: auto;
  }

  .wide.first chatlet-thread {
    flex: 0 1 auto;
  }

  .wide.first .footer {
    margin-block-end: auto;
  }

  .wide.first .greeting ul {
    grid-template-columns: repeat(auto-fit, minmax(240px, 1fr));
  }

  @media (forced-colors: active) {
    :host {
      border: 1px solid CanvasText;
    }

    .starter {
      border: 1px solid ButtonText;
    }
  }
`;
