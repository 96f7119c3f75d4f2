/** Shows `openapi.json` with Swagger UI. A file of its own, since the page's policy allows no code inside it. */
window.SwaggerUIBundle({
  url: 'openapi.json',
  dom_id: '#swagger-ui',
  deepLinking: true,
  // Nothing of this page is told to anybody else.
  validatorUrl: null,
});
