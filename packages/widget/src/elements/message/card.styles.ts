/** The styles of all cards. A text, because a chunk with Lit in it would cost every page. */
export const cardStyles = `
  .approval {
    margin-block: 8px;
    padding: 14px 16px;
    border: 1px solid var(--_line);
    border-inline-start: 3px solid var(--_accent);
    border-radius: 14px;
    background: var(--_surface);
    line-height: 1.45;
  }

  .approval.destructive {
    border-inline-start-color: light-dark(#b3261e, #ff9a90);
  }

  .approval p {
    margin: 0 0 8px;
  }

  .approval .ask {
    font-weight: 600;
    overflow-wrap: anywhere;
  }

  .approval .warning {
    color: light-dark(#b3261e, #ff9a90);
  }

  .approval dl {
    display: grid;
    grid-template-columns: auto minmax(0, 1fr);
    gap: 2px 12px;
    margin: 0 0 10px;
  }

  .approval dt {
    color: var(--_muted);
  }

  .approval dd {
    margin: 0;
    overflow-wrap: anywhere;
    white-space: pre-wrap;
  }

  .approval label {
    display: block;
    margin-block-end: 10px;
    color: var(--_muted);
    font-size: 0.9em;
  }

  .approval textarea,
  .approval select,
  .approval input {
    display: block;
    box-sizing: border-box;
    inline-size: 100%;
    min-block-size: 40px;
    margin-block-start: 4px;
    padding: 8px 10px;
    border: 1px solid var(--_line);
    border-radius: 10px;
    background: var(--_background);
    color: inherit;
    font: inherit;
  }

  .approval textarea {
    font-family: var(--_code-font, ui-monospace, monospace);
    font-size: 0.9em;
  }

  .approval .button:not([hidden]) {
    display: inline-flex;
    align-items: center;
    justify-content: center;
  }

  .approval .answers {
    display: flex;
    flex-wrap: wrap;
    gap: 8px;
  }

  .approval .term {
    margin-block: 10px 0;
    color: var(--_muted);
    font-size: 0.85em;
  }

  .approval [role='status']:empty {
    display: none;
  }

  .approval [role='status'] {
    margin-block: 8px 0;
  }

  .approval .link {
    padding: 0;
    border: 0;
    background: none;
    color: inherit;
    font: inherit;
    text-decoration: underline;
    cursor: pointer;
  }

  @media (pointer: coarse) {
    .approval button {
      min-block-size: 44px;
    }
  }
`;
