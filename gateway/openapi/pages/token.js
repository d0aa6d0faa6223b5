// The token of this tab. It lives in the session storage: it outlives a reload, and ends with the tab.

const KEY = "i247-token";

export function keepToken(token, seconds) {
  sessionStorage.setItem(KEY, JSON.stringify({ token, until: seconds && Date.now() + seconds * 1000 }));
}

export function forgetToken() {
  sessionStorage.removeItem(KEY);
}

// Returns the token and its end in milliseconds (undefined where that is not known), or nothing.
export function keptToken() {
  return JSON.parse(sessionStorage.getItem(KEY) ?? "null") ?? {};
}

// The claims are shown, never trusted. Tokens of other providers may have none that can be read.
export function claimsOf(token) {
  try {
    const bytes = Uint8Array.from(atob(token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(bytes)) ?? {};
  } catch {
    return {};
  }
}

// How long a token is valid: not until when, as the clock of a sandbox may be in another year.
export function lifetimeOf(token) {
  const { iat, exp } = claimsOf(token);
  return exp - iat || undefined;
}
