// Shows the OpenAPI description named by [data-api-docs] in Swagger UI, which is served by ourselves.
// Changes made with a session carry its CSRF token, as every form does.
const place = document.querySelector("[data-api-docs]");
const token = () => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? "";

window.SwaggerUIBundle({
  url: place.dataset.apiDocs,
  domNode: place,
  presets: [window.SwaggerUIBundle.presets.apis],
  layout: "BaseLayout",
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  validatorUrl: null,
  requestInterceptor: (request) => {
    if (!["GET", undefined].includes(request.method)) request.headers["X-CSRFToken"] = token();
    return request;
  },
});
