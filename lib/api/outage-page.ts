/** What a browser gets while our own database is away. Plain on purpose: nothing here needs anything else to work. */
export function outagePage(headers: Record<string, string>): Response {
  return new Response(PAGE, {
    status: 503,
    headers: {
      ...headers,
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-store",
      "retry-after": "5",
    },
  });
}

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<meta http-equiv="refresh" content="5">
<title>Plumbline cannot reach its database</title>
</head>
<body>
<h1>Plumbline cannot reach its database</h1>
<p>Nothing can be shown or changed until it answers again. This page tries again every 5 seconds.</p>
<p>An operator should check the server behind DATABASE_URL. The systems that Plumbline watches are not affected.</p>
</body>
</html>
`;
