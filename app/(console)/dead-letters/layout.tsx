export { UrlState as default } from "#components/shell/url-state.tsx";
