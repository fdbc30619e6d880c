"""Nobody logs in on their own machine, and a login that has run out is renewed.

Flaws: the account that the first page creates has a random password, which the log-in page of CachiBot would ask for. A
refresh token lasts seven days: then the page logs the user out. It also does so when a server that stops or starts does
not confirm the login, as when the app quits while the page loads. cachibot 0.3.0.

Cure: the log-in page first asks the gateway for a login (first_use/account.py); so does a refresh that the server
refuses. Only a status from 400 to 499 is a refusal: a server that is away or fails logs nobody out. The functions are
in log_in.js.
"""

from __future__ import annotations

from .page_patch import PagePatch

ROUTE = PagePatch(
    name="log_in",
    flaw="The log-in page asks for a password that the user never chose.",
    anchor=b'_.useEffect(()=>{(async()=>{try{const A=await lI();if(i(A),A.mode==="cloud")',
    replacement=(
        b"_.useEffect(()=>{(async()=>{try{d(!0);const D=await window.cachibotDesktop?.logIn?.();"
        b"if(D){t(D.user,D.access_token,D.refresh_token),ml.getState().completeOnboarding(),"
        b'e("/",{replace:!0});return}const A=await lI();if(i(A),A.mode==="cloud")'
    ),
)

REFRESH = PagePatch(
    name="log_in_again",
    flaw="The user is logged out after seven days, and whenever a token runs out while the server restarts.",
    anchor=b"catch{return s(),null}finally{vh=null}",
    replacement=(
        b"catch(a){if(!(a?.status>=400&&a.status<500))return null;const i=await window.cachibotDesktop?.logIn?.();"
        b"return i?(qt.getState().login(i.user,i.access_token,i.refresh_token),i.access_token):(s(),null)}"
        b"finally{vh=null}"
    ),
)

CONFIRMATION = PagePatch(
    name="log_in_while_loading",
    flaw="The user is logged out when the server stops, or restarts, while the page loads.",
    anchor=b"catch{if(await ws())try{const x=await yw();p.setUser(x)}catch{p.logout()}else p.logout()}",
    replacement=(
        b"catch(D){const A=x=>x?.status>=400&&x.status<500;if(A(D))if(await ws())"
        b"try{const x=await yw();p.setUser(x)}catch(x){A(x)&&p.logout()}"
        # Without a server the refresh has changed nothing, and the next one continues.
        b"else qt.getState().refreshToken||p.logout()}"
    ),
)

SEVERAL = PagePatch(
    name="log_in_of_several",
    flaw="Once there is a second account, the first user is asked for a password that they never chose.",
    anchor=b'"Signing in..."]}):"Sign In"})]})}),',
    replacement=(
        b'"Signing in..."]}):"Sign In"})]})}),'
        b"window.cachibotDesktop?.OwnAccount&&n.jsx(window.cachibotDesktop.OwnAccount,"
        b'{react:_,jsx:n.jsx,logIn:N=>{t(N.user,N.access_token,N.refresh_token),e("/")}}),'
    ),
)

PATCHES = (ROUTE, REFRESH, CONFIRMATION, SEVERAL)
