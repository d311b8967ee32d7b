// Starts Swagger UI on the document of this very server. A file of its own: the page allows no inline scripts.
SwaggerUIBundle({
  url: "/api/schema",
  dom_id: "#swagger-ui",
  deepLinking: true,
  persistAuthorization: true,
  validatorUrl: null,
});
