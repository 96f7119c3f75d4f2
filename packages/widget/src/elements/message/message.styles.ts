import {css} from 'lit';

export const messageStyles = css`
  :host {
    display: block;
    min-inline-size: 0;
  }

  article:focus-visible {
    outline-offset: 4px;
    border-radius: 4px;
  }

  .question {
    max-inline-size: var(--_text, none);
    margin-inline: auto;
    display: flex;
    flex-direction: column;
    align-items: flex-end;
  }

  .bubble {
    max-inline-size: 84%;
    padding: calc(9px * var(--_density)) 14px;
    border-radius: 16px;
    border-end-end-radius: 5px;
    background: var(--_tint);
    overflow-wrap: anywhere;
    unicode-bidi: plaintext;
  }

  .new {
    animation: enter 120ms;
  }

  @keyframes enter {
    from {
      opacity: 0;
    }
  }

  .folded {
    max-block-size: calc(12lh + 9px * var(--_density));
    overflow: clip;
    mask-image: linear-gradient(#000 calc(100% - 2lh), transparent);
  }

  .unfold {
    margin-block-start: 4px;
  }

  .words {
    white-space: pre-wrap;
  }

  .bubble .file {
    margin-inline-end: 4px;
  }

  .file + .words {
    display: block;
    margin-block-start: 6px;
  }

  .answer {
    display: grid;
    grid-template-columns: var(--_columns, minmax(0, 1fr));
    gap: calc(10px * var(--_density));
    justify-items: start;
  }

  .answer > * {
    grid-column: var(--_column, auto);
    max-inline-size: 100%;
  }

  .answer > .text {
    grid-column: 1 / -1;
  }

  .text,
  .reasoning,
  .tool,
  .notice {
    justify-self: stretch;
  }

  /* The tokens of the Markdown are those of the chat. */
  .answer .text {
    --_ink: inherit;
    --_line: inherit;
    --_link: inherit;
    --_font-mono: inherit;
    --_soft: var(--_muted);
    --_sunken: var(--_surface);
    --_raised: var(--_surface-2);
  }

  /* A caret at the end of the text so far. It takes no room, so that no line breaks or moves because of it. */
  .text [data-caret]::after {
    content: '';
    display: inline-block;
    inline-size: 7px;
    block-size: 1.05em;
    margin-inline: 2px -9px;
    border-radius: 2px;
    background: var(--_focus);
    vertical-align: -2px;
  }

  .text .lines[data-caret] {
    position: relative;
  }

  /* Relative to its line: otherwise it would stay in its place when the thread scrolls. */
  .text .lines[data-caret]::after {
    position: absolute;
    margin-block-start: 3px;
  }

  .dots {
    display: flex;
    gap: 5px;
    align-items: center;
    block-size: 24px;
    opacity: 0;
    animation: appear 150ms 300ms forwards;
  }

  .dots i {
    inline-size: 7px;
    block-size: 7px;
    border-radius: 50%;
    background: var(--_muted);
    animation: beat 1.1s ease-in-out infinite;
  }

  .dots i:nth-child(2) {
    animation-delay: 150ms;
  }

  .dots i:nth-child(3) {
    animation-delay: 300ms;
  }

  @keyframes appear {
    to {
      opacity: 1;
    }
  }

  @keyframes beat {
    0%,
    60%,
    100% {
      opacity: 0.35;
    }
    30% {
      opacity: 1;
    }
  }

  summary {
    cursor: pointer;
    list-style: none;
    border-radius: 8px;
  }

  summary::-webkit-details-marker {
    display: none;
  }

  .chip,
  .file {
    display: inline-flex;
    align-items: center;
    gap: 6px;
    max-inline-size: 100%;
    min-block-size: 26px;
    padding: 3px 10px 3px 4px;
    padding-inline: 4px 10px;
    border: 1px solid var(--_line);
    border-radius: 999px;
    background: var(--_surface);
    color: var(--_ink);
    font-size: calc(12.5 * var(--_px));
    line-height: calc(18 * var(--_px));
  }

  .file .icon {
    inline-size: 15px;
    block-size: 15px;
    margin-inline-start: 4px;
  }

  .ended {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 4px 10px;
  }

  .mark {
    margin: 0;
    color: var(--_muted);
    font-size: calc(13 * var(--_px));
  }

  .notice {
    display: flex;
    flex-wrap: wrap;
    align-items: flex-start;
    gap: 6px 10px;
    padding: 9px 12px;
    border: 1px solid var(--_notice-line);
    border-radius: 12px;
    background: var(--_notice-surface);
    font-size: calc(14 * var(--_px));
  }

  .notice .icon {
    margin-block-start: 2px;
    color: var(--_notice);
  }

  .limit {
    --_notice: var(--_warn);
    --_notice-line: var(--_warn-line);
    --_notice-surface: var(--_warn-surface);
  }

  .failure {
    --_notice: light-dark(#c0392b, #f0897d);
    --_notice-line: color-mix(in oklab, #c0392b 40%, var(--_background));
    --_notice-surface: color-mix(in oklab, #c0392b 8%, var(--_background));
  }

  .sign-in {
    --_notice: var(--_muted);
    --_notice-line: var(--_line);
    --_notice-surface: var(--_surface);
  }

  .notice p {
    flex: 1 1 calc(100% - 40px);
    margin: 0;
  }

  .ways {
    display: flex;
    flex-wrap: wrap;
    gap: 6px;
    margin-inline-start: 28px;
  }

  .ways:empty {
    display: none;
  }

  .notice b {
    font-weight: 600;
  }

  .notice .button {
    font-variant-numeric: tabular-nums;
  }

  .actions {
    display: flex;
    gap: 2px;
    margin-block-start: -4px;
    margin-inline: -7px;
  }

  .question .actions {
    margin-block-start: 2px;
    margin-inline: 0;
  }

  .small {
    inline-size: 28px;
    block-size: 28px;
    border-radius: 8px;
  }

  .small .icon {
    inline-size: 15px;
    block-size: 15px;
  }

  .reserved {
    block-size: 28px;
  }

  .time {
    align-self: center;
    padding-inline: 6px;
    color: var(--_muted);
    font-size: calc(12 * var(--_px));
    opacity: 0;
    transition: opacity 120ms;
  }

  article:is(:hover, :focus-within) .time {
    opacity: 1;
  }

  .quiet .time {
    order: -1;
    background: var(--_background);
  }

  .quiet {
    block-size: 0;
    opacity: 0;
    transition: opacity 120ms;
  }

  .quiet .icon-button {
    position: relative;
    z-index: 1;
    inline-size: 24px;
    block-size: 24px;
    background: var(--_background);
  }

  .question:hover .quiet,
  .question:focus-within .quiet {
    opacity: 1;
  }

  .edit {
    inline-size: 100%;
    display: grid;
    gap: 8px;
  }

  .edit textarea {
    inline-size: 100%;
    padding: 9px 14px;
    border: 1px solid var(--_control-line);
    border-radius: 16px;
    background: var(--_background);
    color: var(--_ink);
    font: inherit;
    resize: vertical;
    field-sizing: content;
    min-block-size: 44px;
    max-block-size: 240px;
  }

  /* In place of its border, and not as a second line around it. */
  .edit textarea:focus-visible {
    outline-offset: -1px;
  }

  .edit-buttons {
    display: flex;
    justify-content: flex-end;
    gap: 6px;
  }

  .primary {
    border-color: transparent;
    background: var(--_accent);
    color: var(--_accent-ink);
  }

  /* Without hovering, the buttons of a message come when it is tapped. The newest answer has them always. */
  @media (hover: none) {
    .actions.earlier,
    .quiet {
      block-size: 0;
      overflow: hidden;
      opacity: 0;
    }

    article:focus-within .actions {
      block-size: auto;
      overflow: visible;
      opacity: 1;
    }
  }

  /* With room beside the text, the buttons stand there. */
  @container (min-width: 520px) {
    .notice {
      align-items: center;
    }

    .notice p {
      flex: 1 1 12em;
    }

    .ways {
      margin-inline-start: auto;
    }
  }

  @media (pointer: coarse) {
    .reserved {
      block-size: 44px;
    }

    .small,
    .quiet .icon-button {
      inline-size: 44px;
      block-size: 44px;
    }

    .question .actions {
      margin-block: 0 -10px;
    }

    .edit textarea {
      font-size: max(16px, calc(15 * var(--_px)));
    }
  }

  @media (prefers-reduced-motion: reduce) {
    .dots {
      opacity: 1;
    }
  }

  @media (forced-colors: active) {
    .bubble {
      border: 1px solid CanvasText;
    }

    .primary {
      color: ButtonText;
    }

    .dots i,
    .text [data-caret]::after {
      background: CanvasText;
      forced-color-adjust: none;
    }
  }
`;
