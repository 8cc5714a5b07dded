pub(crate) fn svg(_: &crate::Plan) -> String {
    String::new()
}
