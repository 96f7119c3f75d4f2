import {css} from 'lit';

/** The rendered Markdown in the chat's own look: its colours, hairlines and corners. */
export const answerTextStyles = css`
  .answer .text {
    --_ink: inherit;
    --_line: inherit;
    --_link: inherit;
    --_soft: var(--_muted);
    --_sunken: var(--_surface);
  }

  .answer .text :is(p, td, th, h1, h2, h3, h4, h5, h6) code {
    padding: 1px 5px;
    border-radius: 5px;
    background: var(--_surface-2);
  }

  /* A task has its box for a marker. */
  .answer .text .task {
    list-style: none;
  }

  .answer .text li input {
    margin-inline: -19px 2px;
    accent-color: var(--_accent);
  }

  .answer .text :is(.code, .table) {
    border: 1px solid var(--_line);
    border-radius: 12px;
    overflow: hidden;
  }

  .answer .text :is(.code-bar, .table-bar) {
    padding-block: 4px;
    padding-inline: 12px 6px;
    border-block-end: 1px solid var(--_line);
    font-size: 12px;
  }

  .answer .text pre {
    padding: 11px 12px;
    font: 13px/1.6 var(--_font-mono);
    scrollbar-width: thin;
  }

  .answer .text pre code {
    font: inherit;
  }

  .answer .text :is(.code-bar, .table-bar) button {
    min-block-size: 26px;
    padding: 2px 8px;
    border-color: transparent;
    border-radius: 8px;
    color: var(--_muted);
    font-size: 12px;
  }

  .answer .text :is(.code-bar, .table-bar) button:hover {
    background: var(--_surface-2);
    color: var(--_ink);
  }

  .answer .text .table-scroll {
    scrollbar-width: thin;
  }

  .answer .text table {
    inline-size: 100%;
    font-size: 14px;
  }

  .answer .text :is(td, th) {
    padding: 7px 10px;
    border: 0;
    border-block-end: 1px solid var(--_line);
  }

  .answer .text tbody tr:last-child :is(td, th) {
    border-block-end: 0;
  }

  @media (pointer: coarse) {
    .answer .text :is(.code-bar, .table-bar) button {
      min-block-size: 44px;
      padding-inline: 12px;
    }
  }
`;
