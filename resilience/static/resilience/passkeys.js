// Passkeys: a form with data-passkey shows itself where the browser knows them, and is sent with what it proves.
// data-options: for "get" the address that gives the options, for "create" the options themselves, as JSON.
"use strict";
(() => {
  if (!window.PublicKeyCredential) return;
  document.querySelectorAll("[data-passkey-none]").forEach((el) => { el.hidden = true; });

  const toBytes = (text) =>
    Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (character) => character.charCodeAt(0));
  const toText = (bytes) =>
    btoa(String.fromCharCode(...new Uint8Array(bytes))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const withBytes = (keys) => (keys || []).map((key) => ({ ...key, id: toBytes(key.id) }));

  // What is bytes for the browser is base64url in JSON.
  const make = async ({ publicKey }) => {
    const wanted = { ...publicKey, challenge: toBytes(publicKey.challenge), excludeCredentials: withBytes(publicKey.excludeCredentials) };
    wanted.user = { ...publicKey.user, id: toBytes(publicKey.user.id) };
    const made = await navigator.credentials.create({ publicKey: wanted });
    return { ...common(made), response: {
      clientDataJSON: toText(made.response.clientDataJSON), attestationObject: toText(made.response.attestationObject),
    } };
  };
  const prove = async ({ publicKey }) => {
    const wanted = { ...publicKey, challenge: toBytes(publicKey.challenge), allowCredentials: withBytes(publicKey.allowCredentials) };
    const proof = await navigator.credentials.get({ publicKey: wanted });
    const { clientDataJSON, authenticatorData, signature, userHandle } = proof.response;
    return { ...common(proof), response: {
      clientDataJSON: toText(clientDataJSON), authenticatorData: toText(authenticatorData), signature: toText(signature),
      userHandle: userHandle ? toText(userHandle) : null,
    } };
  };
  const common = (key) => ({
    id: key.id, rawId: toText(key.rawId), type: key.type, clientExtensionResults: key.getClientExtensionResults(),
  });

  const ask = async (form) => {
    if (form.dataset.passkey === "create") return make(JSON.parse(form.dataset.options));
    const body = new URLSearchParams({ csrfmiddlewaretoken: form.elements.csrfmiddlewaretoken.value });
    const answer = await fetch(form.dataset.options, { method: "POST", body });
    if (!answer.ok) throw new Error(answer.status);
    return prove(await answer.json());
  };

  document.querySelectorAll("form[data-passkey]").forEach((form) => {
    form.hidden = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      event.stopImmediatePropagation(); // app.js counts what is really sent
      const fault = form.querySelector("[role=alert]") || document.createElement("p");
      fault.remove();
      try {
        form.elements.credential.value = JSON.stringify(await ask(form));
        form.submit();
      } catch (error) {
        fault.className = "notice bad";
        fault.setAttribute("role", "alert");
        fault.textContent = form.dataset.failed;
        form.append(fault);
      }
    });
  });
})();
